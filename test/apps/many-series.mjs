// Has an exposition of 20 MB. /turns returns the most bytes that its sockets were given in one turn of the event loop.
import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import { metrics } from '@opentelemetry/api'

const meter = metrics.getMeter('app')
const text = 'x'.repeat(1000)
for (let instrument = 0; instrument < 20; instrument += 1) {
  const gauge = meter.createGauge(`gauge.${instrument}`)
  for (let series = 0; series < 1000; series += 1) gauge.record(series, { series, text })
}

const sockets = new Map()
subscribe('net.server.socket', ({ socket }) => sockets.set(socket, 0))
let mostBytes = 0

function turn() {
  let inTurn = 0
  for (const [socket, written] of sockets) {
    inTurn += socket.bytesWritten - written
    sockets.set(socket, socket.bytesWritten)
  }
  mostBytes = Math.max(mostBytes, inTurn)
  setImmediate(turn)
}
turn()

const server = createServer((request, response) =>
  response.end(request.url === '/turns' ? `${mostBytes}` : 'hello'),
)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

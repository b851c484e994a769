// Has an exposition of 20 MB, and tells at /turns how many bytes its sockets were handed in one turn of the event loop.
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
let most = 0

function turn() {
  let inTurn = 0
  for (const [socket, handed] of sockets) {
    inTurn += socket.bytesWritten - handed
    sockets.set(socket, socket.bytesWritten)
  }
  most = Math.max(most, inTurn)
  setImmediate(turn)
}
turn()

const server = createServer((request, response) =>
  response.end(request.url === '/turns' ? `${most}` : 'hello'),
)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

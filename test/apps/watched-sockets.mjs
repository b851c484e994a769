// Makes a span of every connection and of every stream of HTTP/2 that is begun as a client, as instrumentations of sockets
// and of gRPC do, and tells how many there were of each. Calls upstream for every request.
import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { trace } from '@opentelemetry/api'

const tracer = trace.getTracer('sockets')
const seen = { connections: 0, streams: 0 }

const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  seen.connections++
  return tracer.startActiveSpan('connect', (span) => {
    try {
      return Reflect.apply(connect, this, args)
    } finally {
      span.end()
    }
  })
}
subscribe('http2.client.stream.created', () => {
  seen.streams++
  tracer.startSpan('stream').end()
})

const server = createServer(async (_request, response) => {
  const upstream = await fetch(process.env.UPSTREAM_URL)
  await upstream.text()
  response.end(JSON.stringify(seen))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

// Creates a span for every outgoing connection and HTTP/2 stream, as instrumentations of sockets and gRPC do. Calls upstream
// for every request and answers with the numbers of connections and streams.
import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { trace } from '@opentelemetry/api'

const tracer = trace.getTracer('sockets')
const counts = { connections: 0, streams: 0 }

const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  counts.connections++
  return tracer.startActiveSpan('connect', (span) => {
    try {
      return Reflect.apply(connect, this, args)
    } finally {
      span.end()
    }
  })
}
subscribe('http2.client.stream.created', () => {
  counts.streams++
  tracer.startSpan('stream').end()
})

const server = createServer(async (_request, response) => {
  const upstream = await fetch(process.env.UPSTREAM_URL)
  await upstream.text()
  response.end(JSON.stringify(counts))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

// A gateway with sessions of `realtime-session.mjs` over HTTP/2 (RFC 8441), on the one stream of each session.
import http2 from 'node:http2'
import { setRoute } from '@vr/otel'
import { WebSocket } from 'ws'
import { serveSession } from './realtime-session.mjs'

const server = http2.createServer({ settings: { enableConnectProtocol: true } })
server.on('stream', (stream, headers) => {
  if (headers[':protocol'] !== 'websocket') {
    stream.respond({ ':status': 404 }, { endStream: true })
    return
  }
  setRoute(stream, '/v1/realtime')
  stream.respond({ ':status': 200 })
  // `ws` has no server for HTTP/2, but its sockets accept any duplex stream.
  const socket = new WebSocket(null, undefined, { autoPong: true })
  socket.setSocket(stream, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 0 })
  serveSession(socket)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

'use strict'
const http = require('node:http')
const { isUtf8 } = require('node:buffer')
const { setRoute } = require('@vr/otel')
const { ready, serveConnection } = require('./websocket-ledger.cjs')

/**
 * h3 1 with crossws 0.3. The route of a handshake is resolved in closures that cannot be patched: the application sets the
 * route of one of its paths. This crossws does not distinguish text from binary messages.
 */
module.exports = ({ createApp, createRouter, defineWebSocketHandler, nodeAdapter }) => {
  const handlers = (route) => {
    const connections = new Map()
    return defineWebSocketHandler({
      open(peer) {
        const connection = serveConnection(route, {
          send: (data) => peer.send(data, { compress: true }),
          close: (code) => peer.close(code),
          terminate: () => peer.terminate(),
          ping: () => peer.websocket.ping('are you there?'),
        })
        connections.set(peer.id, connection)
      },
      message(peer, message) {
        const bytes = Buffer.from(message.uint8Array())
        connections.get(peer.id).message(isUtf8(bytes) ? bytes.toString() : bytes)
      },
      close: (peer, { code }) => connections.get(peer.id).closed(code),
    })
  }
  const router = createRouter()
    .get('/ws/:id', handlers('unmatched'))
    .get('/deflate/:id', handlers('/deflate/{id}'))
    .get('/401/:id', defineWebSocketHandler({ upgrade: () => new Response('', { status: 401 }) }))
  const adapter = nodeAdapter({
    ...createApp().use(router).websocket,
    serverOptions: { perMessageDeflate: { threshold: 0 } },
  })
  const server = http.createServer((_request, response) => response.end())
  server.on('upgrade', (request, socket, head) => {
    const { url } = request
    if (url === '/destroyed') socket.destroy()
    else if (url === '/none') socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
    else {
      if (url.startsWith('/deflate/')) setRoute(request, '/deflate/:id')
      adapter.handleUpgrade(request, socket, head)
    }
  })
  server.listen(0, '127.0.0.1')
  ready(server)
}

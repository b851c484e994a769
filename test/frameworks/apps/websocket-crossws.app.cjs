'use strict'
const { ready, serveConnection } = require('./websocket-ledger.cjs')

/** h3 2 with crossws, which contains its own copy of `ws`. */
module.exports = ({ H3, defineWebSocketHandler, serve, plugin }) => {
  const app = new H3()
  const handlers = (route) => {
    const connections = new Map()
    return defineWebSocketHandler({
      open(peer) {
        const connection = serveConnection(route, {
          send: (data) => peer.send(data),
          close: (code) => peer.close(code),
          terminate: () => peer.terminate(),
          ping: () => peer.ping('are you there?'),
        })
        connections.set(peer.id, connection)
      },
      message(peer, message) {
        const isText = typeof message.rawData === 'string'
        connections.get(peer.id).message(isText ? message.text() : Buffer.from(message.uint8Array()))
      },
      close: (peer, { code }) => connections.get(peer.id).closed(code),
    })
  }
  app.get('/ws/:id', handlers('/ws/{id}'))
  app.get('/deflate/:id', handlers('/deflate/{id}'))
  app.get('/401/:id', defineWebSocketHandler({ upgrade: () => new Response('', { status: 401 }) }))
  app.get('/destroyed/:id', (event) => {
    event.runtime.node.req.socket.destroy()
    return new Promise(() => {})
  })
  const websocket = { options: { node: { serverOptions: { perMessageDeflate: { threshold: 0 } } } } }
  const server = serve(app, {
    port: 0,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    plugins: [plugin(websocket)],
  })
  ready(server.node.server)
}

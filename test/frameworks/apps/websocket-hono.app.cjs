'use strict'
const { ready, serveConnection } = require('./websocket-ledger.cjs')

/** Hono with `@hono/node-ws`. */
module.exports = ({ Hono, serve, createNodeWebSocket }) => {
  const app = new Hono()
  const { injectWebSocket, upgradeWebSocket, wss } = createNodeWebSocket({ app })
  wss.options.perMessageDeflate = { threshold: 0 } // the package has no option for it
  const handlers = (route) => {
    let connection
    return {
      onOpen: (_event, { raw }) => {
        connection = serveConnection(route, {
          send: (data) => raw.send(data),
          close: (code) => raw.close(code),
          terminate: () => raw.terminate(),
          ping: () => raw.ping('are you there?'),
        })
      },
      onMessage: ({ data }) => connection.message(data),
      onClose: ({ code }) => connection.closed(code),
    }
  }
  app.get(
    '/ws/:id',
    upgradeWebSocket(() => handlers('/ws/{id}')),
  )
  app.get(
    '/deflate/:id',
    upgradeWebSocket(() => handlers('/deflate/{id}')),
  )
  app.get('/401/:id', (c) => c.text('', 401))
  app.get('/destroyed/:id', (c) => {
    c.env.incoming.socket.destroy()
    return c.text('', 500)
  })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  injectWebSocket(server)
  ready(server)
}

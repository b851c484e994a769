'use strict'
const { ready, serveWs } = require('./websocket-ledger.cjs')

/** `@fastify/websocket`: routes with a template. */
module.exports = async ({ fastify, websocket }) => {
  const app = fastify()
  await app.register(websocket, { options: { perMessageDeflate: { threshold: 0 } } })
  app.get('/ws/:id', { websocket: true }, (ws) => serveWs('/ws/{id}', ws))
  app.get('/deflate/:id', { websocket: true }, (ws) => serveWs('/deflate/{id}', ws))
  const refuse = async (_request, reply) => reply.code(401).send()
  app.get('/401/:id', { websocket: true, preValidation: refuse }, () => {})
  const destroy = async (request, reply) => {
    reply.hijack()
    request.raw.socket.destroy()
  }
  app.get('/destroyed/:id', { websocket: true, preValidation: destroy }, () => {})
  await app.listen({ port: 0, host: '127.0.0.1' })
  ready(app.server)
}

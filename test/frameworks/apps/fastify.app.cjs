'use strict'
const { Readable } = require('node:stream')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** Fastify 4 and 5. */
module.exports = ({ fastify, compress }) => {
  const app = fastify()
  const expectRoute = (label, handler) => async (request, reply) => {
    setExpectedRoute(request.headers['x-id'], label)
    return handler(request, reply)
  }
  const stream = (count) => (_request, reply) =>
    reply.header('content-type', 'text/event-stream').send(Readable.from(events(count)))
  app.get(
    '/json',
    expectRoute('/json', () => ({ ok: true })),
  )
  app.get(
    '/files/*',
    expectRoute('/files/*', (request) => request.params),
  )
  app.get(
    '/empty',
    expectRoute('/empty', (_request, reply) => reply.code(204).send()),
  )
  app.get('/fails', (request) => {
    setExpectedRoute(request.headers['x-id'], '/fails')
    throw new Error('fails')
  })
  app.get(
    '/rejects/:id',
    expectRoute('/rejects/{id}', () => Promise.reject(new Error('rejects'))),
  )
  app.get('/stream', expectRoute('/stream', stream(3)))
  app.get('/stream/open', expectRoute('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    app.get(`/stream/${how}`, expectRoute(`/stream/${how}`, stream(how)))
  if (compress !== undefined) {
    app.register(async (plugin) => {
      await plugin.register(compress, { customTypes: /^text\/event-stream/ })
      plugin.get('/stream/compressed', expectRoute('/stream/compressed', stream('announced')))
    })
  }
  app.register(async (plugin) => {
    plugin.addHook('onRequest', async (request, reply) => {
      setExpectedRoute(request.headers['x-id'], '/guarded/{id}')
      return reply.code(401).send({})
    })
    plugin.get('/guarded/:id', async () => ({}))
  })
  const tenant = async (plugin) => {
    plugin.get(
      '/things/:id',
      expectRoute('/t/{tenant}/things/{id}', (request) => request.params),
    )
  }
  app.register(tenant, { prefix: '/t/:tenant' })
  app.listen({ port: 0, host: '127.0.0.1' }).then(() => logRequests(app.server))
}

'use strict'
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** Hono 4 on @hono/node-server. */
module.exports = ({ Hono, serve }) => {
  const app = new Hono()
  const tenant = new Hono()
  const expectRoute = (label, handler) => (c) => {
    setExpectedRoute(c.req.header('x-id'), label)
    return handler(c)
  }
  const stream = (count) => (c) =>
    c.body(ReadableStream.from(bytes(events(count))), 200, { 'content-type': 'text/event-stream' })
  app.use(async (_c, next) => await next())
  app.use('/guarded/*', async (c) => {
    setExpectedRoute(c.req.header('x-id'), '/guarded/{id}')
    return c.json({}, 401)
  })
  app.get(
    '/json',
    expectRoute('/json', (c) => c.json({ ok: true })),
  )
  app.get(
    '/files/*',
    expectRoute('/files/*', (c) => c.json({ path: c.req.path })),
  )
  app.get(
    '/empty',
    expectRoute('/empty', (c) => c.body(null, 204)),
  )
  app.get('/fails', (c) => {
    setExpectedRoute(c.req.header('x-id'), '/fails')
    throw new Error('fails')
  })
  app.get(
    '/rejects/:id{[0-9]+}',
    expectRoute('/rejects/{id}', () => Promise.reject(new Error('rejects'))),
  )
  app.get('/guarded/:id', (c) => c.json({}))
  app.get('/stream', expectRoute('/stream', stream(3)))
  app.get('/stream/open', expectRoute('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    app.get(`/stream/${how}`, expectRoute(`/stream/${how}`, stream(how)))
  app.all(
    '/every/:method',
    expectRoute('/every/{method}', (c) => c.json({ method: c.req.method })),
  )
  app.use('/assets/*', async (c, next) => {
    if (c.req.path.endsWith('/none')) return next()
    setExpectedRoute(c.req.header('x-id'), '/assets/*')
    return c.text('asset')
  })
  tenant.get(
    '/things/:id',
    expectRoute('/t/{tenant}/things/{id}', (c) => c.json(c.req.param())),
  )
  app.route('/t/:tenant', tenant)
  app.onError((_error, c) => c.text('failed', 500))
  logRequests(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
}

async function* bytes(texts) {
  const encoder = new TextEncoder()
  for await (const text of texts) yield typeof text === 'string' ? encoder.encode(text) : text
}

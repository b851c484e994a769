'use strict'
const http = require('node:http')
const { Readable } = require('node:stream')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** Koa 2 and 3 with a router of theirs; the routers spell a wildcard differently. */
module.exports = ({ Koa, Router, compress, wildcard, wildcardLabel }) => {
  const app = new Koa()
  app.silent = true
  const router = new Router()
  const tenant = new Router({ prefix: '/t/:tenant' })
  const things = new Router()
  const guarded = new Router({ prefix: '/guarded' })
  const seen = (label, handler) => async (ctx) => {
    setExpectedRoute(ctx.get('x-id'), label)
    await handler(ctx)
  }
  const stream = (count) => (ctx) => {
    ctx.type = 'text/event-stream'
    ctx.body = Readable.from(events(count))
  }
  const json = (body) => (ctx) => {
    ctx.body = body
  }
  router.get('/json', seen('/json', json({ ok: true })))
  router.get(wildcard, seen(wildcardLabel, json({ file: true })))
  router.get(
    '/empty',
    seen('/empty', (ctx) => {
      ctx.status = 204
    }),
  )
  router.get('/fails', (ctx) => {
    setExpectedRoute(ctx.get('x-id'), '/fails')
    throw new Error('fails')
  })
  router.get(
    '/rejects/:id',
    seen('/rejects/{id}', () => Promise.reject(new Error('rejects'))),
  )
  router.get('/stream', seen('/stream', stream(3)))
  router.get('/stream/open', seen('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    router.get(`/stream/${how}`, seen(`/stream/${how}`, stream(how)))
  if (compress !== undefined)
    router.get('/stream/compressed', compress(), seen('/stream/compressed', stream('announced')))
  things.get(
    '/things/:id',
    seen('/t/{tenant}/things/{id}', (ctx) => {
      ctx.body = ctx.params
    }),
  )
  tenant.use(things.routes())
  guarded.use(async (ctx) => {
    setExpectedRoute(ctx.get('x-id'), '/guarded/{id}')
    ctx.status = 401
  })
  guarded.get('/:id', json({}))
  for (const one of [router, tenant, guarded]) app.use(one.routes()).use(one.allowedMethods())
  const server = http.createServer(app.callback())
  logRequests(server)
  server.listen(0, '127.0.0.1')
}

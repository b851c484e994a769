'use strict'
const http = require('node:http')
const { Readable } = require('node:stream')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** Koa 2 and 3, each with its router. The wildcards of the routers have different syntax. */
module.exports = ({ Koa, Router, compress, wildcard, wildcardLabel }) => {
  const app = new Koa()
  app.silent = true
  const router = new Router()
  const tenant = new Router({ prefix: '/t/:tenant' })
  const things = new Router()
  const guarded = new Router({ prefix: '/guarded' })
  const expectRoute = (label, handler) => async (ctx) => {
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
  router.get('/json', expectRoute('/json', json({ ok: true })))
  router.get(wildcard, expectRoute(wildcardLabel, json({ file: true })))
  router.get(
    '/empty',
    expectRoute('/empty', (ctx) => {
      ctx.status = 204
    }),
  )
  router.get('/fails', (ctx) => {
    setExpectedRoute(ctx.get('x-id'), '/fails')
    throw new Error('fails')
  })
  router.get(
    '/rejects/:id',
    expectRoute('/rejects/{id}', () => Promise.reject(new Error('rejects'))),
  )
  router.get('/stream', expectRoute('/stream', stream(3)))
  router.get('/stream/open', expectRoute('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    router.get(`/stream/${how}`, expectRoute(`/stream/${how}`, stream(how)))
  if (compress !== undefined)
    router.get('/stream/compressed', compress(), expectRoute('/stream/compressed', stream('announced')))
  things.get(
    '/things/:id',
    expectRoute('/t/{tenant}/things/{id}', (ctx) => {
      ctx.body = ctx.params
    }),
  )
  tenant.use(things.routes())
  guarded.use(async (ctx) => {
    setExpectedRoute(ctx.get('x-id'), '/guarded/{id}')
    ctx.status = 401
  })
  guarded.get('/:id', json({}))
  for (const each of [router, tenant, guarded]) app.use(each.routes()).use(each.allowedMethods())
  const server = http.createServer(app.callback())
  logRequests(server)
  server.listen(0, '127.0.0.1')
}

'use strict'
const http = require('node:http')
const { Readable } = require('node:stream')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** h3 1. */
module.exports = ({
  createApp,
  createError,
  createRouter,
  eventHandler,
  setResponseStatus,
  toNodeListener,
  useBase,
}) => {
  const app = createApp()
  const router = createRouter({ preemptive: true })
  const tenant = createRouter({ preemptive: true })
  const expectRoute = (label, handler) =>
    eventHandler((event) => {
      setExpectedRoute(event.node.req.headers['x-id'], label)
      return handler(event)
    })
  const stream = (count) => (event) => {
    event.node.res.setHeader('content-type', 'text/event-stream')
    return Readable.from(events(count))
  }
  router.get(
    '/json',
    expectRoute('/json', () => ({ ok: true })),
  )
  router.get(
    '/files/**',
    expectRoute('/files/**', (event) => ({ path: event.path })),
  )
  router.get(
    '/empty',
    expectRoute('/empty', () => null),
  )
  router.get(
    '/fails',
    expectRoute('/fails', () => {
      throw createError({ statusCode: 500 })
    }),
  )
  router.get(
    '/rejects/:id',
    expectRoute('/rejects/{id}', () => Promise.reject(createError({ statusCode: 500 }))),
  )
  router.get(
    '/guarded/:id',
    expectRoute('/guarded/{id}', (event) => {
      setResponseStatus(event, 401)
      return {}
    }),
  )
  router.get('/stream', expectRoute('/stream', stream(3)))
  router.get('/stream/open', expectRoute('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    router.get(`/stream/${how}`, expectRoute(`/stream/${how}`, stream(how)))
  tenant.get(
    '/things/:id',
    expectRoute('/t/acme/things/{id}', (event) => event.context.params),
  )
  app.use(
    '/t/acme',
    eventHandler((event) => tenant.handler(event)),
  )
  router.use(
    '/based/**',
    useBase(
      '/based',
      createRouter().get(
        '/:id',
        expectRoute('/based/{id}', () => ({})),
      ).handler,
    ),
  )
  app.use(router)
  const server = http.createServer(toNodeListener(app))
  logRequests(server)
  server.listen(0, '127.0.0.1')
}

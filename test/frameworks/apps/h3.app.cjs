'use strict'
const http = require('node:http')
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** h3 2. */
module.exports = ({ H3, HTTPError, toNodeHandler }) => {
  const app = new H3({ silent: true })
  const tenant = new H3()
  const expectRoute = (label, handler) => (event) => {
    setExpectedRoute(event.req.headers.get('x-id'), label)
    return handler(event)
  }
  const stream = (count) => (event) => {
    event.res.headers.set('content-type', 'text/event-stream')
    return ReadableStream.from(bytes(events(count)))
  }
  app.get(
    '/json',
    expectRoute('/json', () => ({ ok: true })),
  )
  app.get(
    '/files/**',
    expectRoute('/files/**', (event) => ({ path: event.url.pathname })),
  )
  app.get(
    '/empty',
    expectRoute('/empty', (event) => {
      event.res.status = 204
      return ''
    }),
  )
  app.get('/fails', (event) => {
    setExpectedRoute(event.req.headers.get('x-id'), '/fails')
    throw new HTTPError({ status: 500 })
  })
  app.get(
    '/rejects/:id',
    expectRoute('/rejects/{id}', () => Promise.reject(new HTTPError({ status: 500 }))),
  )
  app.use('/guarded/**', (event) => {
    setExpectedRoute(event.req.headers.get('x-id'), '/guarded/{id}')
    event.res.status = 401
    return {}
  })
  app.get('/guarded/:id', () => ({}))
  app.get('/stream', expectRoute('/stream', stream(3)))
  app.get('/stream/open', expectRoute('/stream/open', stream(1e9)))
  for (const how of ['engine', 'stuck', 'throws', 'broken', 'zipped'])
    app.get(`/stream/${how}`, expectRoute(`/stream/${how}`, stream(how)))
  tenant.get(
    '/things/:id',
    expectRoute('/t/{tenant}/things/{id}', (event) => event.context.params),
  )
  app.mount('/t/:tenant', tenant)
  const server = http.createServer(toNodeHandler(app))
  logRequests(server)
  server.listen(0, '127.0.0.1')
}

async function* bytes(texts) {
  const encoder = new TextEncoder()
  for await (const text of texts) yield typeof text === 'string' ? encoder.encode(text) : text
}

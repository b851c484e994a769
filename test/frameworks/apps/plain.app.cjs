'use strict'
const { events, setExpectedRoute, logRequests } = require('./request-log.cjs')

/** An application without a framework, which calls `setRoute`. */
module.exports = ({ http, setRoute }) => {
  const json = (res, status, body) => {
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify(body))
  }
  const routes = [
    ['/json', /^\/json$/, (_req, res) => json(res, 200, { ok: true })],
    ['/t/:tenant/things/:id', /^\/t\/(\w+)\/things\/(\w+)$/, (_req, res, m) => json(res, 200, { id: m[2] })],
    ['/files/*', /^\/files\/(.+)$/, (_req, res, m) => json(res, 200, { path: m[1] })],
    ['/empty', /^\/empty$/, (_req, res) => res.writeHead(204).end()],
    ['/fails', /^\/fails$/, (_req, res) => json(res, 500, {})],
    ['/rejects/:id', /^\/rejects\/\w+$/, (_req, res) => setImmediate(() => json(res, 500, {}))],
    ['/guarded/:id', /^\/guarded\/\w+$/, (_req, res) => json(res, 401, {})],
    ['/stream', /^\/stream$/, (_req, res) => stream(res, 3)],
    ['/stream/open', /^\/stream\/open$/, (_req, res) => stream(res, 1e9)],
    ['/stream/engine', /^\/stream\/engine$/, (_req, res) => stream(res, 'engine')],
    ['/stream/stuck', /^\/stream\/stuck$/, (_req, res) => stream(res, 'stuck')],
    ['/stream/zipped', /^\/stream\/zipped$/, (_req, res) => stream(res, 'zipped')],
    ['/stream/throws', /^\/stream\/throws$/, (_req, res) => stream(res, 'throws').catch(() => res.destroy())],
    [
      '/stream/broken',
      /^\/stream\/broken$/,
      (_req, res) => stream(res, 'broken').catch((error) => res.destroy(error)),
    ],
  ]
  async function stream(res, count) {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for await (const event of events(count)) {
      if (res.destroyed) return
      res.write(event)
    }
    res.end()
  }
  const server = http.createServer((req, res) => {
    const path = req.url.split('?')[0]
    for (const [template, pattern, handler] of routes) {
      const match = pattern.exec(path)
      if (match === null) continue
      if (req.method !== 'GET' && req.method !== 'HEAD') break
      setExpectedRoute(req.headers['x-id'], template.replaceAll(/:(\w+)/g, '{$1}'))
      setRoute(req, template)
      return void handler(req, res, match)
    }
    json(res, routes.some(([, pattern]) => pattern.test(path)) ? 405 : 404, {})
  })
  logRequests(server)
  server.listen(0, '127.0.0.1')
}

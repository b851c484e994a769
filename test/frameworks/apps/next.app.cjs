'use strict'
const http = require('node:http')
const { logRequests } = require('./request-log.cjs')

/**
 * Next's Node server behind a server of the application. Its handlers are bundled and cannot set the expected route, so the
 * request log derives it from the path. A request whose method the route does not have matches it too.
 */
module.exports = ({ next }) => {
  const app = next({ dev: false, dir: `${__dirname}/next-app` })
  const handle = app.getRequestHandler()
  const server = http.createServer((req, res) => handle(req, res))
  logRequests(server, ({ url }) => routeOf(url.split('?')[0]))
  app.prepare().then(() => server.listen(0, '127.0.0.1'))
}

function routeOf(path) {
  if (/^\/(json|empty|fails|stream|stream\/\w+|api\/old)$/.test(path)) return path
  return TEMPLATES.find(([pattern]) => pattern.test(path))?.[1]
}

const TEMPLATES = [
  [/^\/t\/\w+\/things\/\w+$/, '/t/{tenant}/things/{id}'],
  [/^\/files\/.+$/, '/files/{path}'],
  [/^\/rejects\/\w+$/, '/rejects/{id}'],
  [/^\/guarded\/\w+$/, '/guarded/{id}'],
  [/^\/page\/\w+$/, '/page/{id}'],
]

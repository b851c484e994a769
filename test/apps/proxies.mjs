// Proxies that stream request bodies to an engine; the first segment of the path selects the client.

import http from 'node:http'
import { pipeline } from 'node:stream'
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { request as call } from 'undici'

const engine = process.env.ENGINE_URL

const passThrough = {
  undici: async (request, response) => {
    const { method, url } = request
    const answer = await call(engine + url, { method, body: request })
    const { statusCode, headers, body } = answer
    response.writeHead(statusCode, { 'content-type': headers['content-type'] })
    pipeline(body, response, () => {})
  },
  fetch: async (request, response) => {
    const { method, url } = request
    const answer = await fetch(engine + url, { method, body: request, duplex: 'half' })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
    pipeline(answer.body, response, () => {})
  },
  pipeline: (request, response) => {
    const { method, url, headers } = request
    const upstream = http.request(engine + url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      pipeline(answer, response, () => {})
    })
    pipeline(request, upstream, () => {})
  },
}

const app = Fastify()
app.register(proxy, { upstream: engine, prefix: '/fastify', rewritePrefix: '/fastify' })
await app.ready()

const server = http.createServer((request, response) => {
  const run = passThrough[request.url.split('/')[1]]
  if (run === undefined) return app.routing(request, response)
  Promise.resolve(run(request, response)).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

// Forwards the target of each request to an upstream in this process, by the client that `x-by` names.
import http from 'node:http'
import { trace } from '@opentelemetry/api'
import { request as undiciRequest } from 'undici'

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

const upstream = http.createServer((request, response) => response.end(request.url))
const port = await listen(upstream)
const origin = `http://127.0.0.1:${port}`

const CALLS = {
  fetch: async (path) => (await fetch(`${origin}${path}`)).text(),
  undici: async (path) => (await undiciRequest({ origin, path, method: 'GET' })).body.text(),
  http: (path) =>
    new Promise((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port, path, auth: 'user:s3cret' }, (response) => {
          let body = ''
          response.on('data', (data) => (body += data)).on('end', () => resolve(body))
        })
        .on('error', reject)
    }),
}

const server = http.createServer(async (request, response) => {
  const received = await CALLS[request.headers['x-by']](request.url)
  const { traceId } = trace.getActiveSpan()?.spanContext() ?? {}
  response.end(JSON.stringify({ traceId, received, origin }))
})
console.log(`listening on http://127.0.0.1:${await listen(server)}`)

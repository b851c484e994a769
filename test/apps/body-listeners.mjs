// A gateway without a framework: it reads the body with listeners, and calls upstream when the last of them is told.

import http from 'node:http'
import { trace } from '@opentelemetry/api'

const upstreamUrl = process.env.UPSTREAM_URL

const CALLS = {
  '/fetch': async () => (await fetch(`${upstreamUrl}/x`)).json(),
  '/http': () =>
    new Promise((resolve, reject) => {
      http
        .get(`${upstreamUrl}/x`, (response) => {
          let body = ''
          response.on('data', (data) => (body += data)).on('end', () => resolve(JSON.parse(body)))
        })
        .on('error', reject)
    }),
}

const server = http.createServer((request, response) => {
  let body = ''
  request.on('data', (data) => (body += data))
  request.on('end', async () => {
    const own = trace.getActiveSpan()?.spanContext()
    response.end(JSON.stringify({ own, upstream: await CALLS[request.url](body) }))
  })
})
server.on('checkContinue', (request, response) => {
  response.writeContinue()
  server.emit('request', request, response)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

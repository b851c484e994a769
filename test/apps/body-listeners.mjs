// A gateway without a framework: it reads the body with listeners and calls upstream at `end`.

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

const answer = (request, response) => {
  let body = ''
  request.on('data', (data) => (body += data))
  request.on('end', async () => {
    const own = trace.getActiveSpan()?.spanContext()
    response.end(JSON.stringify({ own, upstream: await CALLS[request.url](body) }))
  })
}
const server = http.createServer(answer)
// A server that handles `Expect` itself: it answers in the listener, or emits `request`.
const { ON_EXPECT } = process.env
if (ON_EXPECT !== undefined) {
  server.on('checkContinue', (request, response) => {
    response.writeContinue()
    if (ON_EXPECT === 'answer') answer(request, response)
    else server.emit('request', request, response)
  })
}
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

// A gateway whose calls go through an undici pool of two connections, so that most of them wait.

import http from 'node:http'
import { trace } from '@opentelemetry/api'
import { Agent, request as call, fetch as fetchOfPackage, setGlobalDispatcher } from 'undici'

const url = `${process.env.UPSTREAM_URL}/x`
const dispatcher = new Agent({ connections: 2 })
setGlobalDispatcher(dispatcher)

const CALLS = {
  '/request': async () => (await call(url, { dispatcher })).body.json(),
  '/fetch': async () => (await fetchOfPackage(url, { dispatcher })).json(),
  '/global-fetch': async () => (await fetch(url)).json(),
}

const server = http.createServer(async (request, response) => {
  const own = trace.getActiveSpan()?.spanContext()
  response.end(JSON.stringify({ own, upstream: await CALLS[request.url]() }))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

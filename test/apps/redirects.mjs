// Calls an upstream that redirects twice or answers 503 once, by fetch and by undici with interceptors, over one connection.
import { createServer } from 'node:http'
import { trace } from '@opentelemetry/api'
import { Agent, request as call, interceptors, fetch as undiciFetch } from 'undici'

const upstream = createServer(({ url, headers }, response) => {
  if (url === '/1') response.writeHead(302, { Location: '/2?x=1#part' }).end('moved')
  else if (url === '/2?x=1') response.writeHead(307, { location: `${upstreamUrl}/3` }).end()
  else if (url.startsWith('/busy') && !seen.has(url)) {
    seen.add(url)
    response.writeHead(503).end()
  } else response.end(JSON.stringify(headers))
})
const seen = new Set()
await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const upstreamUrl = `http://127.0.0.1:${upstream.address().port}`
const agent = new Agent({ connections: 1 })
const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 3 }))
const patient = agent.compose(interceptors.retry({ minTimeout: 1 }))
let id = 0

const HOW = {
  '/fetch': async () => (await fetch(`${upstreamUrl}/1`)).json(),
  '/undici-fetch': async () => (await undiciFetch(`${upstreamUrl}/1`)).json(),
  '/undici': async () => (await call(`${upstreamUrl}/1`, { dispatcher })).body.json(),
  '/retry': async () => (await call(`${upstreamUrl}/busy/${id++}`, { dispatcher: patient })).body.json(),
  '/twice': async () => {
    await (await fetch(`${upstreamUrl}/3`)).text()
    return (await fetch(`${upstreamUrl}/3`)).json()
  },
}
const server = createServer(async ({ url }, response) => {
  const own = trace.getActiveSpan()?.spanContext()
  response.end(JSON.stringify({ own, upstream: await HOW[url]() }))
})

if (process.env['CALL_AT_START'] !== undefined)
  console.log('answered at start:', JSON.stringify(await HOW['/fetch']()))
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))

// A small gateway: calls upstream by fetch and node:http, streams, fails, runs tools; answers with its span context.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http from 'node:http'
import { context, propagation, trace } from '@opentelemetry/api'
import { observeToolCall, setStreamOutcome } from '@vr/otel'
import Fastify from 'fastify'

const upstreamUrl = process.env.UPSTREAM_URL

const get = (url, options = {}, begun = () => {}) =>
  new Promise((resolve, reject) => {
    const call = http
      .get(url, options, (response) => {
        let body = ''
        response
          .on('data', (data) => (body += data))
          .on('end', () => resolve(body))
          .on('error', reject)
      })
      .on('error', reject)
    begun(call)
  })

const app = Fastify()
const own = () => trace.getActiveSpan()?.spanContext()
app.get('/fetch/:id', async () => ({
  own: own(),
  upstream: await (await fetch(`${upstreamUrl}/x?api_key=s3cret&n=1`)).json(),
}))
app.get('/http/:id', async () => ({
  own: own(),
  upstream: JSON.parse(await get(`${upstreamUrl}/x?api_key=s3cret&n=1`)),
}))
app.get('/baggage', async () => {
  const upstreamHeaders = await (await fetch(`${upstreamUrl}/x`)).json()
  return {
    seen: propagation
      .getBaggage(context.active())
      ?.getAllEntries()
      .map(([key]) => key),
    upstream: upstreamHeaders,
  }
})
app.get('/tool/:id', async () => {
  await observeToolCall('function', async () => (await fetch(`${upstreamUrl}/x`)).text(), {
    name: 'get_weather',
  })
  await observeToolCall('mcp', async () => ({ isError: true }))
  return { own: own() }
})
app.get('/fails', async () => {
  throw new Error('on purpose')
})
app.get('/stream/:how', (request, reply) => {
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-trace-id': own()?.traceId ?? '' })
  reply.raw.write('event: response.created\ndata: {}\n\n')
  const { how } = request.params
  if (how === 'outcome-set') setStreamOutcome(reply.raw, 'upstream_error')
  if (how === 'destroyed') setImmediate(() => reply.raw.destroy())
  else if (how === 'engine') void fetch(`${upstreamUrl}/fails`).then(() => reply.raw.end())
  else if (how !== 'hang')
    reply.raw.end(`event: response.${how === 'outcome-set' ? 'completed' : how}\ndata: {}\n\n`)
})
/** The reason of `AbortSignal.timeout()`, for a call that is aborted when it was sent instead of after a time. */
const timeoutError = () => new DOMException('too late', 'TimeoutError')
const timedOut = () => fetch(`${upstreamUrl}/hang`, { signal: abortedWhenSent(timeoutError()) })
app.get('/slow-engine', async (_request, reply) => {
  await timedOut().catch(() => void reply.code(504))
  return { own: own() }
})
const refused = 'http://127.0.0.1:2' // nothing listens there, and fetch does not block this port
const CALLS = {
  'fetch-refused': () => fetch(refused),
  'fetch-aborted': () => fetch(`${upstreamUrl}/hang`, { signal: abortedWhenSent() }),
  'fetch-timeout': timedOut,
  'fetch-patch': () => fetch(`${upstreamUrl}/x?a=1`, { method: 'patch' }),
  'undici-aborted': () => byUndici(abortedWhenSent()),
  'undici-aborted-with-reason': () => byUndici(abortedWhenSent(new RangeError('mine'))),
  'undici-timeout': () => byUndici(abortedWhenSent(timeoutError())),
  'fetch-aborted-with-reason': () =>
    fetch(`${upstreamUrl}/hang`, { signal: abortedWhenSent(new RangeError('mine')) }),
  'http-aborted-with-reason': () => abortByHttp(new RangeError('mine')),
  'http-response-destroyed': () =>
    new Promise((resolve) => {
      const call = http.get(`${upstreamUrl}/endless`, (response) => response.destroy())
      call.on('error', () => {}).on('close', resolve)
    }),
  'fetch-body-cancelled': async () => (await fetch(`${upstreamUrl}/endless`)).body.cancel(),
  'fetch-cut': async () => (await fetch(`${upstreamUrl}/cut`)).text(),
  'fetch-aborted-with-symbol': () =>
    fetch(`${upstreamUrl}/hang`, { signal: abortedWhenSent(Symbol('mine')) }),
  'http-destroyed-with-symbol': () =>
    get(`${upstreamUrl}/hang`, {}, (call) => call.on('finish', () => call.destroy(Symbol('mine')))),
  'http-timeout': () => abortByHttp(timeoutError()),
  'http-refused': () => get(refused),
  'http-aborted': () => abortByHttp(),
  'http-destroyed': () => get(`${upstreamUrl}/hang`, {}, (call) => call.on('finish', () => call.destroy())),
  'http-cut': () => get(`${upstreamUrl}/cut`),
  'http-fails': () => get(`${upstreamUrl}/fails`),
}
function abortByHttp(reason) {
  const controller = new AbortController()
  const { signal } = controller
  return get(`${upstreamUrl}/hang`, { signal }, (call) => call.on('finish', () => controller.abort(reason)))
}
async function byUndici(signal) {
  const { request } = await import('undici')
  return request(`${upstreamUrl}/hang`, { signal })
}
function abortedWhenSent(reason) {
  const controller = new AbortController()
  const abort = () => {
    unsubscribe('undici:client:sendHeaders', abort)
    setImmediate(() => controller.abort(reason))
  }
  subscribe('undici:client:sendHeaders', abort)
  return controller.signal
}
app.get('/call/:how', async (request) => {
  await CALLS[request.params.how]().catch(() => {})
  return { own: own() }
})
app.get('/hang', (_request, reply) => void reply.hijack())
app.get('/health', async () => ({ own: own(), upstream: await (await fetch(`${upstreamUrl}/x`)).json() }))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}`)

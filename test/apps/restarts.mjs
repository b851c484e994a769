// Starts and stops telemetry repeatedly while it serves. Prints for each phase the counts, the headers of outgoing calls and
// the changes of the process that remain after the stop. FOREIGN: when another library wraps the same methods.

import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { trace } from '@opentelemetry/api'
import { setRoute, startOtel } from '@vr/otel'
import Fastify from 'fastify'
import { Agent, request as undiciRequest } from 'undici'
import { channelCount, compareToo, differences, isQuiet, snapshot } from './process-snapshot.mjs'

const { FOREIGN, PHASES = '3' } = process.env
const listen = async (server) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** The head of each request that the engine received. */
const heads = []
const engine = await listen(
  net.createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (data) => {
        heads.push(String(data))
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok')
      })
  }),
)
const engineUrl = `http://127.0.0.1:${engine}/`

const own = () => trace.getActiveSpan()?.spanContext().traceId ?? 'none'
/** Counts the stack frames of telemetry between Node and the handler. */
Error.stackTraceLimit = 100
const countFrames = () => new Error().stack.split('\n').filter((line) => line.includes('/packages/')).length
const pool = new Agent({ connections: 1 })
const CALLS = {
  '/fetch': async () => (await fetch(engineUrl)).text(),
  '/request': () =>
    new Promise((resolve, reject) => {
      http
        .get(engineUrl, { agent: false }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
    }),
  '/undici': async () => (await undiciRequest(engineUrl, { dispatcher: pool })).body.text(),
}
/** Requests that are open during a stop; calling an entry ends its request. */
const held = []
let frames = 0
const app = http.createServer(async (request, response) => {
  frames = countFrames()
  setRoute(request, request.url)
  if (request.url.startsWith('/held')) {
    if (request.url === '/held-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    }
    held.push(() => response.end('data: [DONE]\n\n'))
    return
  }
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
    response.end(`data: ${own()}\n\n`)
    return
  }
  await CALLS[request.url]?.()
  response.end(own())
})
app.on('upgrade', (request, socket) => {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: mine\r\n\r\n${own()}`)
  if (request.url === '/held-upgrade') held.push(() => socket.end('late'))
  else socket.end()
})
const port = await listen(app)

const h2 = http2.createServer()
h2.on('stream', (stream, headers) => {
  compareToo('Http2Stream', Object.getPrototypeOf(stream))
  setRoute(stream, '/h2')
  if (stream.sentHeaders === undefined) stream.respond({ ':status': 200 })
  if (headers[':path'] === '/held-h2') held.push(() => stream.end('late'))
  else stream.end(own())
})
const h2Port = await listen(h2)

/** Sends a request over a raw socket, which is not instrumented, and reads until the connection closes. */
async function raw(path, headers = '', at = port) {
  const socket = net.connect(at, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => (answer += data))
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n${headers === '' ? 'connection: close\r\n' : headers}\r\n`)
  await once(socket, 'close')
  return answer
}

async function overHttp2(path) {
  const session = http2.connect(`http://127.0.0.1:${h2Port}`)
  const stream = session.request({ ':path': path })
  let body = ''
  stream.setEncoding('utf8').on('data', (data) => (body += data))
  await once(stream, 'close')
  session.close()
  await once(session, 'close')
  return body
}

let fastifyPort
const PATHS = ['/plain', '/fetch', '/request', '/undici', '/stream']
async function traffic() {
  const answers = {}
  for (const path of PATHS) {
    heads.length = 0
    const answer = await raw(path)
    answers[path] = {
      status: Number(answer.slice(9, 12)),
      traceId: /[0-9a-f]{32}|none/.exec(answer)?.[0],
      sent: heads.map((head) => [...head.matchAll(/^traceparent: .*$/gim)].map(([line]) => line)),
    }
  }
  const upgraded = await raw('/upgrade', 'connection: upgrade\r\nupgrade: mine\r\n')
  answers['/upgrade'] = {
    status: Number(upgraded.slice(9, 12)),
    traceId: /[0-9a-f]{32}|none/.exec(upgraded)?.[0],
    sent: [],
  }
  answers['/h2'] = { status: 200, traceId: await overHttp2('/h2'), sent: [] }
  const answer = await raw('/fastify/1', '', fastifyPort)
  answers['/fastify/{id}'] = {
    status: Number(answer.slice(9, 12)),
    traceId: /[0-9a-f]{32}|none/.exec(answer)?.[0],
    sent: [],
  }
  return answers
}

/** Sends a request that stays open until an entry of `held` is called; resolves when the application has received it. */
async function hold(send) {
  const before = held.length
  const answer = send()
  while (held.length === before) await new Promise(setImmediate)
  return [answer]
}

/** Returns the values of a metric, by route. */
function valuesOf(text, name) {
  const lines = text.split('\n').filter((line) => line.startsWith(`vllm_responses_${name}`))
  return Object.fromEntries(
    lines.map((line) => [/route="([^"]*)"/.exec(line)?.[1] ?? '', Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

/** Snapshot names of the methods that the other library has wrapped. */
const foreign = new Set()
function wrapAsAnotherLibrary() {
  const targets = {
    'http.Server/0 emit': http.Server.prototype,
    'ServerResponse/0 emit': http.ServerResponse.prototype,
    'ServerResponse/0 writeHead': http.ServerResponse.prototype,
    'ServerResponse/0 write': http.ServerResponse.prototype,
    'ServerResponse/0 end': http.ServerResponse.prototype,
    'IncomingMessage/0 emit': http.IncomingMessage.prototype,
    'Http2Server/0 emit': Object.getPrototypeOf(h2),
    'process emit': process,
  }
  for (const [key, target] of Object.entries(targets)) {
    const name = key.split(' ')[1]
    const original = target[name]
    const wrapper = function (...args) {
      return Reflect.apply(original, this, args)
    }
    target[name] = wrapper
    foreign.add(key)
    wrappers.push(() => target[name] === wrapper)
  }
}
/** Each returns whether a wrapper of the other library is the outermost one. */
const wrappers = []

/** Waits until a condition holds, at most ten seconds. */
async function until(condition) {
  const deadline = performance.now() + 10_000
  while (!condition() && performance.now() < deadline) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
}

/** Returns the differences that remain after a stop, without those that the program itself made (`own`). */
async function leftSince(before, own) {
  const left = () => differences(before, snapshot()).filter((name) => !own.has(name))
  await until(() => left().length === 0)
  return left()
}

/** Starts a Fastify server in place of the previous one. */
let fastify
async function serveFastify() {
  await fastify?.close()
  fastify = Fastify({ forceCloseConnections: true })
  fastify.get('/fastify/:id', async () => own())
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return fastify.server.address().port
}

fastifyPort = await serveFastify()
await traffic() // creates the resources that Node creates at first use
if (FOREIGN === 'before') wrapAsAnotherLibrary()
await traffic()
await until(() => isQuiet(2))
const before = snapshot()
const phases = []
let lasting = []
for (let phase = 0; phase < Number(PHASES); phase++) {
  const handle = startOtel({ metricsServerPort: port })
  await raw('/metrics') // a server that listens already answers scrapes after its first request
  if (phase === 0) {
    if (FOREIGN === 'after') wrapAsAnotherLibrary()
    fastifyPort = await serveFastify()
  }
  // Started in the previous phase, ended in this one.
  for (const end of held.splice(0)) end()
  const lasted = await Promise.all(lasting.flat())
  const answers = await traffic()
  const running = frames
  const scraped = (await raw('/metrics')).replaceAll('\r\n', '\n')
  lasting = [
    await hold(() => raw('/held')),
    await hold(() => raw('/held-stream')),
    await hold(() => raw('/held-upgrade', 'connection: upgrade\r\nupgrade: mine\r\n')),
    await hold(() => overHttp2('/held-h2')),
  ]
  await handle.shutdown()
  // Requests of the first phase stay open until the second one; those of other phases end while telemetry is off.
  if (phase > 0) {
    for (const end of held.splice(0)) end()
    lasted.push(...(await Promise.all(lasting.splice(0).flat())))
  }
  const off = await traffic()
  phases.push({
    answers,
    lasted: lasted.map((answer) => answer.trim().split('\n').at(-1)),
    requests: valuesOf(scraped, 'http_requests_total'),
    inFlight: valuesOf(scraped, 'http_in_flight_requests')[''],
    streamsInFlight: valuesOf(scraped, 'sse_connections_in_flight')[''],
    off,
    frames: { running, off: frames },
    isForeignOnTop: wrappers.every((isOnTop) => isOnTop()),
    left: await leftSince(before, new Set([...foreign, ...(phase === 0 ? ['resources', 'alive'] : [])])),
  })
}
console.log(JSON.stringify({ channelCount, phases }))
process.exit(0)

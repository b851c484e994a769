/**
 * Child process of `requests.ts` and `compare.ts`: a server whose type is the first argument. The second argument is
 * the name of the instrumentation. Answers each IPC message with its CPU time and heap size.
 */
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

const require = createRequire(import.meta.url)
const [serverType = 'http', variant = 'uninstrumented'] = process.argv.slice(2)

const EVENTS = 200
const EVENT = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: ' token' } }] })}\n\n`

async function startHttp(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  const measure = variant === 'prom-client' ? promClient() : undefined
  return http.createServer((request, response) => {
    measure?.(request, response)
    response.end('hello')
  })
}

/** Typical instrumentation by hand with prom-client. */
function promClient() {
  const { Counter, Histogram } = require('prom-client')
  const requests = new Counter({ name: 'requests', help: 'x', labelNames: ['method', 'route', 'status'] })
  const seconds = new Histogram({ name: 'seconds', help: 'x', labelNames: ['method', 'route'] })
  return (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => {
    const startTime = performance.now()
    response.on('close', () => {
      const labels = { method: request.method, route: '/' }
      seconds.observe(labels, (performance.now() - startTime) / 1000)
      requests.inc({ ...labels, status: response.statusCode })
    })
  }
}

async function startFastify(): Promise<import('node:http').Server> {
  const { default: Fastify } = await import('fastify')
  const app = Fastify()
  if (variant === 'prom-client') await app.register(require('fastify-metrics'), { endpoint: '/metrics' })
  app.get('/', (_request, reply) => reply.send('hello'))
  await app.ready()
  return app.server
}

async function startExpress(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  const { default: express } = await import('express')
  const app = express()
  if (variant === 'prom-client')
    app.use(require('express-prom-bundle')({ includeMethod: true, includePath: true }))
  app.get('/', (_request: unknown, response: { send(text: string): void }) => response.send('hello'))
  return http.createServer(app)
}

/** Forwards each request to an engine with `fetch`. */
async function startGateway(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  const engine = process.env['ENGINE_URL'] as string
  return http.createServer(async (_request, response) => {
    const answer = await fetch(engine)
    response.end(await answer.text())
  })
}

/** Forwards each request to an engine, and the stream of its answer to the client, with `fetch`. */
async function startLlmGateway(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  const { Readable } = await import('node:stream')
  const engine = process.env['ENGINE_URL'] as string
  return http.createServer(async (request, response) => {
    const { method = 'POST', url = '/' } = request
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(engine + url, { method, headers, body: request, duplex: 'half' })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream).pipe(response)
  })
}

async function startSse(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  return http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let sent = 0
    const send = (): void => {
      if (sent++ === EVENTS) response.end('data: [DONE]\n\n')
      else {
        response.write(EVENT)
        setImmediate(send)
      }
    }
    send()
  })
}

/** The members of a WebSocket of `ws` that are used. */
interface BenchmarkSocket {
  on(event: 'message', listener: () => void): void
  send(text: string): void
}

/** Answers each message as the workload of its path. */
async function startWebSocket(): Promise<import('node:http').Server> {
  const http = await import('node:http')
  const { WebSocketServer } = require('ws')
  const { WEBSOCKET_WORKLOADS } = await import('./websocket-workloads.ts')
  const server = http.createServer()
  const answers = new Map(Object.values(WEBSOCKET_WORKLOADS).map(({ path, answer }) => [path, answer]))
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', (socket: BenchmarkSocket, { url }: import('node:http').IncomingMessage) => {
    const answer = answers.get(url ?? '') ?? []
    socket.on('message', () => {
      for (const text of answer) socket.send(text)
    })
  })
  return server
}

const STARTS: Readonly<Record<string, () => Promise<import('node:http').Server>>> = {
  http: startHttp,
  fastify: startFastify,
  express: startExpress,
  gateway: startGateway,
  'llm-gateway': startLlmGateway,
  sse: startSse,
  websocket: startWebSocket,
}

const server = await (STARTS[serverType] as () => Promise<import('node:http').Server>)()
server.keepAliveTimeout = 0 // else connections may close while the other servers are measured
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', (when) => {
  if (when === 'after-gc') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMicros: user + system, heapUsed: process.memoryUsage().heapUsed })
})
process.on('disconnect', () => process.exit())

import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { GatewayInstruments, KNOWN_METHODS } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContextManager } from './context-manager.ts'
import { traceHttpCalls } from './http-client-spans.ts'
import { GatewayPropagator } from './propagator.ts'
import { RedactUrls } from './redact-spans.ts'
import { UrlRedactor } from './redaction.ts'
import { TolerateAnyException } from './tolerate-any-exception.ts'
import { RandomIds } from './trace-ids.ts'

const load = createRequire(import.meta.url)
const exporter = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({
  spanProcessors: [
    new TolerateAnyException(),
    new RedactUrls(new UrlRedactor()),
    new SimpleSpanProcessor({ exporter }),
  ],
})
const tracer = tracerProvider.getTracer('test')
const propagator = new GatewayPropagator({
  ids: new RandomIds(),
  trustsParent: true,
  baggage: undefined,
  baggageKeys: [],
})
const stock = new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })

/** Answers by the path of a request. */
let received: http.IncomingHttpHeaders | undefined
const server = http.createServer((request, response) => {
  received = request.headers
  const { pathname } = new URL(request.url ?? '', 'http://a.example')
  const status = Number(pathname.slice(1))
  if (pathname === '/hang') return
  if (pathname === '/hangs-up') {
    request.socket.end()
  } else if (pathname === '/cut') {
    response.writeHead(200, { 'content-length': 9 }).write('1')
    setImmediate(() => request.socket.destroy())
  } else if (pathname === '/long') {
    response.write('1')
  } else {
    response.writeHead(status || 200).end('ok')
  }
})
server.on('upgrade', (request, socket) =>
  socket.end(
    `HTTP/1.1 ${request.url === '/no' ? '426 No' : '101 Yes'}\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n`,
  ),
)
server.on('connect', (request, socket) =>
  socket.end(`HTTP/1.1 ${request.url === 'no:1' ? '407 No' : '200 Yes'}\r\n\r\n`),
)
let port = 0
let closedPort = 0

beforeAll(async () => {
  context.setGlobalContextManager(createContextManager())
  propagation.setGlobalPropagator(propagator)
  await once(server.listen(0, '::'), 'listening')
  port = (server.address() as AddressInfo).port
  const closed = net.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  closedPort = (closed.address() as AddressInfo).port
  closed.close()
  stock.setTracerProvider(tracerProvider)
  stock.disable()
})

afterAll(() => {
  context.disable()
  propagation.disable()
  server.closeAllConnections()
  server.close()
})

type Options = http.RequestOptions
const to = (options: Options = {}): Options => ({ host: '127.0.0.1', port, ...options })
const get = (options: Options = {}): ClientRequest => http.request(to(options)).end()

/** Settles when a request has closed, however it ends. */
const closed = (request: ClientRequest): Promise<unknown> =>
  new Promise((resolve) => request.on('error', () => {}).on('close', () => setImmediate(resolve)))

/** Settles when a request has closed; its answer is read. */
function finished(request: ClientRequest): Promise<unknown> {
  request.on('response', (response) => response.on('error', () => {}).resume())
  return closed(request)
}

/** Gives up a request when it has been sent. */
function leftWhenSent(leave: (request: ClientRequest) => void): Promise<unknown> {
  const request = get({ path: '/hang' })
  request.on('finish', () => setImmediate(() => leave(request)))
  return closed(request)
}

/** Gives up a request, or its answer, when that has begun. */
function leftWhenAnswered(
  leave: (response: IncomingMessage, request: ClientRequest) => void,
): Promise<unknown> {
  const request = get({ path: '/long' })
  request.on('response', (response) =>
    leave(
      response.on('error', () => {}),
      request,
    ),
  )
  return closed(request)
}

function upgraded(event: 'upgrade' | 'connect', options: Options): Promise<unknown> {
  const request = get(options)
  request.on(event, (_response, socket) => setImmediate(() => socket.destroy()))
  return finished(request)
}

function abortedWhenSent(reason?: unknown): Promise<unknown> {
  const controller = new AbortController()
  const request = get({ path: '/hang', signal: controller.signal })
  request.on('finish', () => setImmediate(() => controller.abort(reason)))
  return closed(request)
}

async function overUnixSocket(call: (path: string) => Promise<unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'client-spans-'))
  const path = join(folder, 'socket')
  const local = http.createServer((_request, response) => void response.end('ok')).listen(path)
  await once(local, 'listening')
  await call(path)
  await new Promise((resolve) => local.close(resolve))
  rmSync(folder, { recursive: true })
}

interface Told {
  readonly name: string
  readonly kind: string | undefined
  readonly status: object
  readonly attributes: Readonly<Record<string, unknown>>
  readonly exceptions: readonly unknown[]
}

/** The port of the server is another one in every run. */
const withoutPort = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(`:${port}`, ':PORT') : value === port ? 'PORT' : value

const told = ({ name, kind, status, attributes, events }: ReadableSpan): Told => ({
  name,
  kind: SpanKind[kind],
  status,
  attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, withoutPort(value)])),
  exceptions: events.map((event) => [
    event.attributes?.['exception.type'],
    event.attributes?.['exception.message'],
  ]),
})

/** The spans that the stock instrumentation makes of some calls. */
async function spansByStock(run: () => unknown): Promise<Told[]> {
  stock.enable()
  for (const name of ['node:http', 'node:https']) load(name) // patches it
  try {
    return await spansOf(run)
  } finally {
    stock.disable()
  }
}

/** The spans that are made of the same from the channels of Node. */
async function spansByChannels(run: () => unknown): Promise<Told[]> {
  const stop = traceHttpCalls({ tracer, propagator, knownMethods: new Set(KNOWN_METHODS) })
  try {
    return await spansOf(run)
  } finally {
    stop()
  }
}

async function spansOf(run: () => unknown): Promise<Told[]> {
  exporter.reset()
  await run()
  return exporter.getFinishedSpans().map(told)
}

type Change = Partial<Omit<Told, 'attributes'>> & { readonly attributes?: Record<string, unknown> }

/** The span of the stock instrumentation with something else in it; `undefined` takes an attribute out. */
const but =
  (change: Change) =>
  ([stock, ...more]: Told[]): Told[] => {
    const { name = '', kind, status = {}, exceptions = [], attributes } = { ...stock, ...change }
    const merged = { ...stock?.attributes, ...attributes }
    for (const [key, value] of Object.entries(merged)) if (value === undefined) delete merged[key]
    return [{ name, kind, status, exceptions, attributes: merged }, ...more]
  }

/** The span of the stock instrumentation as one that failed. */
const failed = (type: string, message: string, exception = type) =>
  but({
    status: { code: SpanStatusCode.ERROR, message },
    attributes: { 'error.type': type },
    exceptions: [[exception, message]],
  })

const SAME: readonly [string, () => unknown][] = [
  ['a GET by its options', () => finished(get())],
  ['a GET by a string', () => finished(http.get(`http://127.0.0.1:${port}/x?a=1`))],
  ['a GET by a URL', () => finished(http.get(new URL(`http://localhost:${port}/x`)))],
  ['a POST', () => finished(http.request(to({ method: 'POST' })).end('body'))],
  ['a user agent', () => finished(get({ headers: { 'user-agent': 'me/1' } }))],
  ['a secret in the query', () => finished(get({ path: '/x?sig=s3cret&b=2' }))],
  ['a HEAD', () => finished(get({ method: 'HEAD' }))],
  ...[204, 302, 304, 404, 503].map(
    (status) =>
      [`an answer of ${status}`, () => finished(get({ path: `/${status}` }))] as [string, () => unknown],
  ),
  ['an answer that nobody reads', () => closed(get())],
  ['a Host of the application', () => finished(get({ headers: { Host: 'a.example' } }))],
  ['an address of IPv6 in a URL', () => finished(http.get(`http://[::1]:${port}/`))],
  [
    'a call by node:https',
    () =>
      finished(
        https.get(to({ createConnection: () => net.connect(port, '127.0.0.1') }) as https.RequestOptions),
      ),
  ],
  ['a Unix socket', () => overUnixSocket((socketPath) => finished(http.get({ socketPath })))],
  [
    'two calls on one connection',
    async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      await Promise.all([finished(get({ agent })), finished(get({ agent }))])
      agent.destroy()
    },
  ],
]

const CODE = 'error.type is that of the metric; the name of such an error is Error whatever the fault'
const BROKEN = 'an answer that breaks off is a failure, though no listener of the application hears of it'
const LEFT = 'an abort is an error for every client alike'
const CONNECTED = {
  'network.peer.address': '127.0.0.1',
  'network.peer.port': 'PORT',
  'network.protocol.version': '1.1',
}
const SWITCHED = 'the answer that ends HTTP has a status too'

const UNHEARD = 'Node closes the connection where the application has no listener for the other protocol'

/** The span of an answer that nobody listens for. */
const switchedUnheard = (attributes: Record<string, unknown>) => (stock: Told[]) =>
  failed(
    'ECONNRESET',
    'Node closed the connection: nobody listens for the protocol of the answer',
  )(but({ attributes })(stock))

/** Where the spans are other than those of the stock instrumentation: how they differ, and why. */
const OTHERS: readonly [
  what: string,
  run: () => unknown,
  expected: (stock: Told[]) => Told[],
  because: string,
][] = [
  [
    'a refused connection',
    () => finished(http.get(to({ port: closedPort }))),
    but({ attributes: { 'error.type': 'ECONNREFUSED' } }),
    CODE,
  ],
  [
    'a connection that is closed before an answer',
    () => finished(get({ path: '/hangs-up' })),
    but({ attributes: { 'error.type': 'ECONNRESET' } }),
    CODE,
  ],
  [
    'a request that is destroyed',
    () => leftWhenSent((request) => request.destroy()),
    but({ attributes: { 'error.type': 'ECONNRESET' } }),
    CODE,
  ],
  [
    'an abort by AbortSignal.timeout',
    () => finished(get({ path: '/hang', signal: AbortSignal.timeout(20) })),
    but({ attributes: { 'error.type': 'TimeoutError' } }),
    'a time-out is one, and has the error.type that it has with fetch',
  ],
  [
    'an abort for a reason',
    () => abortedWhenSent(new RangeError('mine')),
    but({ attributes: { 'error.type': 'RangeError' } }),
    'the reason of an abort is its error.type, as it is with fetch',
  ],
  [
    'an answer that breaks off',
    () => finished(get({ path: '/cut' })),
    failed('ECONNRESET', 'aborted'),
    BROKEN,
  ],
  [
    'a request that is destroyed while it is answered',
    () => leftWhenAnswered((_response, request) => request.destroy()),
    failed('ECONNRESET', 'aborted'),
    BROKEN,
  ],
  [
    'an answer that is destroyed',
    () => leftWhenAnswered((response) => response.destroy()),
    failed('AbortError', 'the application gave up the call'),
    LEFT,
  ],
  [
    'abort() before there is a connection',
    () => {
      const request = get({ path: '/hang' })
      request.abort()
      return closed(request)
    },
    () =>
      failed(
        'AbortError',
        'the application gave up the call',
      )([
        {
          name: 'GET',
          kind: 'CLIENT',
          status: {},
          attributes: {
            'http.request.method': 'GET',
            'server.address': '127.0.0.1',
            'server.port': 'PORT',
            'url.full': 'http://127.0.0.1:PORT/hang',
          },
          exceptions: [],
        },
      ]),
    `${LEFT}; the stock span is never ended`,
  ],
  [
    'a handshake that is accepted',
    () => upgraded('upgrade', { headers: { connection: 'upgrade', upgrade: 'x' } }),
    but({ attributes: { 'http.response.status_code': 101, ...CONNECTED } }),
    SWITCHED,
  ],
  [
    'a handshake that nobody listens for',
    () => finished(get({ headers: { connection: 'upgrade', upgrade: 'x' } })),
    switchedUnheard({ 'http.response.status_code': 101, 'network.protocol.version': '1.1' }),
    UNHEARD,
  ],
  [
    'a tunnel that nobody listens for',
    () => finished(get({ method: 'CONNECT', path: 'a.example:443' })),
    switchedUnheard({
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
      'url.full': 'http://127.0.0.1:PORT',
    }),
    UNHEARD,
  ],
  [
    'a tunnel',
    () => upgraded('connect', { method: 'CONNECT', path: 'a.example:443' }),
    but({
      attributes: {
        'http.response.status_code': 200,
        ...CONNECTED,
        'url.full': 'http://127.0.0.1:PORT',
      },
    }),
    `${SWITCHED}; the target of a tunnel is no path`,
  ],
  [
    'a tunnel that is refused',
    () => upgraded('connect', { method: 'CONNECT', path: 'no:1' }),
    but({
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'error.type': '407',
        'http.response.status_code': 407,
        ...CONNECTED,
        'url.full': 'http://127.0.0.1:PORT',
      },
    }),
    SWITCHED,
  ],
  [
    'an unknown method',
    () => finished(get({ method: 'PURGE' })),
    but({ name: 'HTTP' }),
    'names of spans are of low cardinality (HTTP semantic conventions, "Name")',
  ],
  [
    'a method in lower case',
    () => finished(get({ method: 'patch' })),
    but({ attributes: { 'http.request.method_original': undefined } }),
    'Node sends PATCH, and keeps nothing else',
  ],
  [
    'a user agent in another spelling',
    () => finished(get({ headers: { 'User-Agent': 'me/1' } })),
    but({ attributes: { 'user_agent.original': 'me/1' } }),
    'names of headers are case-insensitive',
  ],
  [
    'headers as a list',
    () => finished(get({ headers: ['Host', 'a.example', 'User-Agent', 'me/1'] })),
    but({ attributes: { 'user_agent.original': 'me/1' } }),
    'a list has headers too',
  ],
  [
    'credentials',
    () => finished(get({ auth: 'user:password' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT/' } }),
    'a request does not keep whether its URL had some; there is nothing to be redacted',
  ],
  [
    'an address of IPv6',
    () => finished(get({ host: '::1' })),
    but({ attributes: { 'server.address': '::1', 'url.full': 'http://[::1]:PORT/' } }),
    'the stock span has localhost and a URL that is none',
  ],
  [
    'a query that is not as URLSearchParams would write it',
    () => finished(get({ path: '/x?a=%20&b&c=%zz' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT/x?a=%20&b&c=%zz' } }),
    'what is no secret stays byte for byte',
  ],
  [
    'the default port of an agent',
    () =>
      finished(
        http.get({ host: '127.0.0.1', agent: Object.assign(new http.Agent(), { defaultPort: port }) }),
      ),
    but({ attributes: { 'server.port': 'PORT', 'url.full': 'http://127.0.0.1:PORT/' } }),
    'the port is that of the connection',
  ],
  [
    'a request to a proxy',
    () => finished(get({ path: 'http://a.example/x?sig=s3cret' })),
    but({
      attributes: {
        'server.address': 'a.example',
        'server.port': 80,
        'url.full': 'http://a.example/x?sig=REDACTED',
      },
    }),
    'the target is what the proxy is asked for (RFC 9112 section 3.2.2)',
  ],
  [
    'OPTIONS *',
    () => finished(get({ method: 'OPTIONS', path: '*' })),
    but({ attributes: { 'url.full': 'http://127.0.0.1:PORT' } }),
    'the star is no part of the host',
  ],
  [
    'a call that Node refuses to make',
    () => expect(() => get({ headers: { 'a b': '1' } })).toThrow('valid HTTP token'),
    () => [],
    'there is no call, and nothing is published',
  ],
  [
    'a write after the end',
    () => {
      const request = get()
      request.write('x')
      return finished(request)
    },
    but({
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'error.type': undefined,
        'http.response.status_code': 200,
        ...CONNECTED,
      },
      exceptions: [],
    }),
    'it is no fault of the call, which goes on',
  ],
]

describe('the client span of a call by node:http', () => {
  it.each(SAME)('is that of the stock instrumentation: %s', async (_what, run) => {
    const stockSpans = await spansByStock(run)
    const spans = await spansByChannels(run)
    expect(stockSpans.length).toBeGreaterThan(0)
    expect(spans).toEqual(stockSpans)
  })

  it.each(OTHERS)(
    'differs from that of the stock instrumentation: %s',
    async (_what, run, expected, because) => {
      const stockSpans = await spansByStock(run)
      const spans = await spansByChannels(run)
      expect(spans, because).toEqual(expected(stockSpans))
      expect(spans, 'there is no difference any more').not.toEqual(stockSpans)
    },
  )

  it.each(['on a new connection', 'on one that is kept'])(
    'is below the span that the call is made in, is named by traceparent, and leaves listeners their context, %s',
    async (how) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      if (how === 'on one that is kept') await finished(get({ agent }))
      const parent = tracer.startSpan('parent')
      const seen: Record<string, unknown> = {}
      const [span] = await recorded(() =>
        context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
          const request = http.get(to({ agent }))
          const note = (event: string) => () => (seen[event] = trace.getActiveSpan() === parent)
          request.on('socket', note('socket')).on('finish', note('finish')).on('close', note('close'))
          request.on('response', (response) => {
            note('response')()
            response.on('data', note('data')).on('end', note('end'))
          })
          await closed(request)
        }),
      )
      const { traceId, spanId } = span?.spanContext() ?? {}
      expect(span?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
      expect(traceId).toBe(parent.spanContext().traceId)
      expect(received?.['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
      expect(seen).toEqual({ socket: true, finish: true, response: true, data: true, end: true, close: true })
      agent.destroy()
    },
  )

  it('is none where the trace is not sampled, and where tracing is suppressed', async () => {
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true }
    const unsampled = trace.setSpanContext(ROOT_CONTEXT, ids)
    expect(await recorded(() => context.with(unsampled, () => finished(get())))).toEqual([])
    expect(received?.['traceparent']).toBe(`00-${ids.traceId}-${ids.spanId}-00`)
    for (const base of [ROOT_CONTEXT, unsampled]) {
      expect(await recorded(() => context.with(suppressTracing(base), () => finished(get())))).toEqual([])
      expect(received).not.toHaveProperty('traceparent')
    }
  })

  it.each([false, true])(
    'costs one listener on the request and one on its answer, also where calls are measured: %s',
    async (isMeasured) => {
      const instruments = new GatewayInstruments({ groups: ['http_semconv'] })
      const observation = isMeasured ? observeNodeHttp([http], { instruments }) : undefined
      const counts: number[] = []
      const spans = await spansByChannels(() => {
        const request = get()
        counts.push(request.listenerCount('close'))
        request.on('response', (response) => counts.push(response.listenerCount('close')))
        return finished(request)
      })
      observation?.stop()
      expect([spans.length, counts]).toEqual([1, [1, 1]])
    },
  )

  it('is none once that has been undone, and nothing is left on the channels', async () => {
    const channels = ['created', 'error'].map((name) => channel(`http.client.request.${name}`))
    channels.push(channel('http.client.response.finish'))
    await recorded(() => expect(channels.map((one) => one.hasSubscribers)).toEqual([true, true, true]))
    expect(channels.map((one) => one.hasSubscribers)).toEqual([false, false, false])
  })
})

const throws = (): never => {
  throw new Error('thrown by the application')
}

/**
 * What an application may give up a call with: values of every type, and objects that throw when their code or name is
 * read, or text is made of what they have. Node itself reads `message` and `stack`, and throws what these throw.
 */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  fc.constantFrom(Symbol('a'), Object.create(null), new DOMException('a', 'DataError')),
  fc
    .subarray(['code', 'name', 'cause', 'toString'], { minLength: 1 })
    .map((names) => Object.fromEntries(names.map((name) => [name, { get: throws }])))
    .map((getters) => Object.defineProperties({}, getters)),
  fc
    .tuple(fc.constantFrom('code', 'name', 'message', 'stack'), fc.constantFrom('toString', 'valueOf'))
    .map(([name, method]) => ({ [name]: { [method]: throws } })),
  fc
    .subarray(['has', 'getPrototypeOf', 'getOwnPropertyDescriptor'], { minLength: 1 })
    .map((traps) => () => new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, throws])))),
)

describe('a call that is given up with anything', () => {
  const uncaught: unknown[] = []
  const note = (error: unknown): unknown => uncaught.push(error)

  /** How many errors nobody catches in a run: some of them are thrown in listeners of Node, whoever listens beside. */
  async function uncaughtIn(run: () => Promise<unknown>): Promise<number> {
    uncaught.length = 0
    await run()
    return uncaught.length
  }

  it.each<[string, (error: unknown) => Promise<unknown>]>([
    ['its answer', (error) => leftWhenAnswered((response) => response.destroy(error as Error))],
    ['its request', (error) => leftWhenSent((request) => request.destroy(error as Error))],
    [
      'its request, being answered,',
      (error) => leftWhenAnswered((_, request) => request.destroy(error as Error)),
    ],
  ])('has one span, an error, where %s is destroyed, and nothing more is thrown', async (_what, leave) => {
    const property = fc.asyncProperty(hostile, async (error) => {
      // A proxy is made here: fast-check looks at the values that it gives.
      const left = (): Promise<unknown> => leave(typeof error === 'function' ? error() : error)
      const byNode = await uncaughtIn(left)
      let spans: Told[] = []
      expect(await uncaughtIn(async () => (spans = await spansByChannels(left)))).toBe(byNode)
      expect(spans).toHaveLength(1)
      expect(spans[0]?.status).toMatchObject({ code: SpanStatusCode.ERROR })
      expect(spans[0]?.attributes['error.type']).toEqual(expect.any(String))
      expect(spans[0]?.exceptions).toHaveLength(1)
    })
    process.on('uncaughtException', note)
    try {
      await fc.assert(property, { numRuns: 60, examples: [[{ code: { toString: throws } }]] })
    } finally {
      process.off('uncaughtException', note)
    }
  })

  it('has its span ended and its listeners guarded where the tracer throws', async () => {
    const ended: string[] = []
    const failing: Tracer = {
      startSpan: (...args: Parameters<Tracer['startSpan']>) => {
        const span = tracer.startSpan(...args)
        const end = span.end.bind(span)
        return Object.assign(span, {
          setStatus: throws,
          end: () => {
            ended.push(args[0])
            end()
          },
        })
      },
      startActiveSpan: throws,
    }
    const stop = traceHttpCalls({ tracer: failing, propagator, knownMethods: new Set(KNOWN_METHODS) })
    await leftWhenAnswered((response) => response.destroy())
    stop()
    expect(ended).toEqual(['GET'])
  })
})

/** The spans that are made of some calls from the channels of Node, as they are. */
async function recorded(run: () => unknown): Promise<ReadableSpan[]> {
  await spansByChannels(run)
  return exporter.getFinishedSpans()
}

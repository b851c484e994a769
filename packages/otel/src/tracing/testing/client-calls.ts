import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, propagation, SpanKind, type Tracer } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import {
  GatewayInstruments,
  type GatewayInstrumentsOptions,
  KNOWN_METHODS,
  NOOP_TRACER,
} from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { afterAll, beforeAll } from 'vitest'
import { createContextManager } from '../context-manager.ts'
import { traceHttpCall } from '../http-client-spans.ts'
import { GatewayPropagator } from '../propagator.ts'
import { RedactUrls } from '../redact-spans.ts'
import { UrlRedactor } from '../redaction.ts'
import { SafeExceptionSpanProcessor } from '../safe-exception-span-processor.ts'
import { RandomIds } from '../trace-ids.ts'

const exporter = new InMemorySpanExporter()

/** The provider whose spans {@link spansOf} returns. */
export const tracerProvider = new TracerProvider({
  spanProcessors: [
    new SafeExceptionSpanProcessor(),
    new RedactUrls(new UrlRedactor()),
    new SimpleSpanProcessor({ exporter }),
  ],
})

/** The tracer of the spans that {@link recorded} returns. */
export const tracer = tracerProvider.getTracer('test')

const propagator = new GatewayPropagator({
  ids: new RandomIds(),
  trustsParent: true,
  baggage: undefined,
  baggageKeys: [],
})

/** The headers that the server received last. */
export let received: http.IncomingHttpHeaders | undefined

/** Answers by the path of a request. */
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
/** The port of the server. */
export let port = 0

beforeAll(async () => {
  context.setGlobalContextManager(createContextManager())
  propagation.setGlobalPropagator(propagator)
  await once(server.listen(0, '::'), 'listening')
  port = (server.address() as AddressInfo).port
})

afterAll(() => {
  context.disable()
  propagation.disable()
  server.closeAllConnections()
  server.close()
})

type Options = http.RequestOptions

/** Adds the address of the server to options. */
export const to = (options: Options = {}): Options => ({ host: '127.0.0.1', port, ...options })

/** Makes a call to the server. */
export const get = (options: Options = {}): ClientRequest => http.request(to(options)).end()

/** Settles when a request has closed. */
export const closed = (request: ClientRequest): Promise<unknown> =>
  new Promise((resolve) => request.on('error', () => {}).on('close', () => setImmediate(resolve)))

/** Reads the response. Settles when the request has closed. */
export function finished(request: ClientRequest): Promise<unknown> {
  request.on('response', (response) => response.on('error', () => {}).resume())
  return closed(request)
}

/** Makes a call that gets no response, and calls `leave` when it has been sent. */
export function leftWhenSent(leave: (request: ClientRequest) => void): Promise<unknown> {
  const request = get({ path: '/hang' })
  request.on('finish', () => setImmediate(() => leave(request)))
  return closed(request)
}

/** Makes a call whose response does not end, and calls `leave` when its headers have arrived. */
export function leftWhenAnswered(
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

/** Makes a call that switches protocols, and closes its connection. */
export function upgraded(event: 'upgrade' | 'connect', options: Options): Promise<unknown> {
  const request = get(options)
  request.on(event, (_response, socket) => setImmediate(() => socket.destroy()))
  return finished(request)
}

/** Makes a call and aborts it when it has been sent. */
export function abortedWhenSent(reason?: unknown): Promise<unknown> {
  const controller = new AbortController()
  const request = get({ path: '/hang', signal: controller.signal })
  request.on('finish', () => setImmediate(() => controller.abort(reason)))
  return closed(request)
}

/** What a span shows, comparable between runs. */
export interface SpanSummary {
  readonly name: string
  readonly kind: string | undefined
  readonly status: object
  readonly attributes: Readonly<Record<string, unknown>>
  readonly exceptions: readonly unknown[]
}

/** The port of the server differs from run to run. */
const withoutPort = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(`:${port}`, ':PORT') : value === port ? 'PORT' : value

const summary = ({ name, kind, status, attributes, events }: ReadableSpan): SpanSummary => ({
  name,
  kind: SpanKind[kind],
  status,
  attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, withoutPort(value)])),
  exceptions: events.map((event) => [
    event.attributes?.['exception.type'],
    event.attributes?.['exception.message'],
  ]),
})

/**
 * Starts the observation of calls by `node:http`.
 * @param by creates their client spans
 * @returns stops it
 */
export function observeCalls(options: GatewayInstrumentsOptions = {}, by: Tracer = tracer): () => void {
  const parts = { tracer: by, propagator, knownMethods: new Set(KNOWN_METHODS) }
  const observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ groups: [], ...options }),
    tracer: { ...NOOP_TRACER, startHttpCall: (request, active) => traceHttpCall(parts, request, active) },
  })
  return () => observation.stop()
}

/** Returns the spans that the tracer creates for calls. */
export async function recorded(run: () => unknown): Promise<ReadableSpan[]> {
  const stop = observeCalls()
  exporter.reset()
  try {
    await run()
  } finally {
    stop()
  }
  return exporter.getFinishedSpans()
}

/** Returns summaries of the spans that the tracer creates for calls. */
export async function spansByTracer(run: () => unknown): Promise<SpanSummary[]> {
  return (await recorded(run)).map(summary)
}

/** Returns summaries of the spans of {@link tracerProvider} that end during `run`. */
export async function spansOf(run: () => unknown): Promise<SpanSummary[]> {
  exporter.reset()
  await run()
  return exporter.getFinishedSpans().map(summary)
}

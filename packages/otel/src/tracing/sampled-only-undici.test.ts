import { channel, subscribe } from 'node:diagnostics_channel'
import { context, DiagLogLevel, diag, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createContextManager } from './context-manager.ts'
import { GatewayPropagator } from './propagator.ts'
import { SafeExceptionSpanProcessor } from './safe-exception-span-processor.ts'
import { createSampledOnlyUndici, type UndiciRequest } from './sampled-only-undici.ts'
import { RandomIds } from './trace-ids.ts'
import { setUndiciSpan } from './undici-span.ts'

const CREATE = 'undici:request:create'
const HEADERS = 'undici:request:headers'
const ERROR = 'undici:request:error'
const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: true }
const SAMPLED = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 })
const UNSAMPLED = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 0 })
const TRACEPARENT = ['traceparent', `00-${ids.traceId}-${ids.spanId}-00`]

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({
  spanProcessors: [new SafeExceptionSpanProcessor(), new SimpleSpanProcessor({ exporter })],
}).getTracer('test')
const seen: string[] = []

/** Subscribes as the instrumentation does and records its messages. Throws on headers. */
class Recorder {
  constructor() {
    this.subscribeToChannel(CREATE, ({ request }) => {
      seen.push('create')
      setUndiciSpan(request, tracer.startSpan('GET'))
    })
    this.subscribeToChannel(HEADERS, () => {
      seen.push('headers')
      throw new Error('on purpose')
    })
    this.subscribeToChannel(ERROR, () => seen.push('error'))
  }

  subscribeToChannel(name: string, handler: (message: { request: object }) => void): void {
    subscribe(name, handler as never)
  }
}

const propagator = new GatewayPropagator({
  ids: new RandomIds(),
  trustsParent: true,
  baggage: undefined,
  baggageKeys: [],
})
const SampledOnly = createSampledOnlyUndici(Recorder as unknown as typeof UndiciInstrumentation, propagator)
const instrumentation = new SampledOnly({})

beforeAll(() => void context.setGlobalContextManager(createContextManager()))

afterEach(() => {
  seen.length = 0
  exporter.reset()
  diag.disable()
})

afterAll(() => context.disable())

function requestWith(headers: UndiciRequest['headers'], method = 'GET'): UndiciRequest {
  return {
    method,
    origin: 'http://a.example',
    path: '/',
    headers,
    addHeader(name, value) {
      if (typeof this.headers === 'string') this.headers += `${name}: ${value}\r\n`
      else this.headers.push(name, value)
    },
  }
}

/** Traces a call in a context, then publishes its response headers and its error. */
function call(
  active: typeof SAMPLED,
  request: UndiciRequest,
  error: unknown = new Error('failed'),
): UndiciRequest {
  context.with(active, () => {
    instrumentation.traceRequest(request, active)
    for (const name of [HEADERS, ERROR]) channel(name).publish({ request, error })
  })
  return request
}

describe('an instrumentation that skips unsampled requests', () => {
  it('writes trace headers and receives no messages for an unsampled call', () => {
    const { headers } = call(UNSAMPLED, requestWith(['a', '1']))
    expect(headers).toEqual(['a', '1', ...TRACEPARENT])
    expect(seen).toEqual([])
  })

  it('receives the messages of a sampled call, and what it throws is reported', () => {
    const reported: string[] = []
    const report = (message: string): void => void reported.push(message)
    const quiet = { warn: report, info: report, debug: report, verbose: report }
    diag.setLogger({ ...quiet, error: report }, { logLevel: DiagLogLevel.ERROR })
    call(SAMPLED, requestWith([]))
    expect(seen).toEqual(['create', 'headers'])
    expect(reported).toEqual([expect.stringContaining('hook undici_instrumentation')])
  })

  it.each<[string, typeof SAMPLED, string]>([
    ['a sampled', SAMPLED, 'CONNECT'],
    ['an unsampled', UNSAMPLED, 'CONNECT'],
  ])('receives no messages and writes no headers for %s CONNECT', (_what, active, method) => {
    const own = ['traceparent', 'mine']
    expect(call(active, requestWith([...own], method)).headers).toEqual(own)
    expect(seen).toEqual([])
  })

  it.each<[string, UndiciRequest['headers'], UndiciRequest['headers']]>([
    [
      'a list',
      ['TraceParent', 'mine', 'a', '1', 'tracestate', 'mine=1', 'b', '2'],
      ['a', '1', 'b', '2', ...TRACEPARENT],
    ],
    ['lines', 'TraceParent: mine\r\na: 1\r\ntracestate: mine=1\r\n', `a: 1\r\n${TRACEPARENT.join(': ')}\r\n`],
  ])('replaces trace headers of the application in %s', (_form, headers, expected) => {
    expect(call(UNSAMPLED, requestWith(headers)).headers).toEqual(expected)
  })

  it.each<[string, unknown, string]>([
    ['an abort', new DOMException('left', 'AbortError'), 'AbortError'],
    [
      'an abort by undici',
      Object.assign(new Error(), { name: 'AbortError', code: 'UND_ERR_ABORTED' }),
      'AbortError',
    ],
    ['a time-out', new DOMException('late', 'TimeoutError'), 'TimeoutError'],
    ['an error with a code', Object.assign(new Error(), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['nothing', null, '_OTHER'],
  ])('ends the span with an error after %s', (_what, error, type) => {
    call(SAMPLED, requestWith([]), error)
    const [span, ...more] = exporter.getFinishedSpans()
    expect(more).toEqual([])
    expect([span?.status.code, span?.attributes['error.type']]).toEqual([2, type])
  })
})

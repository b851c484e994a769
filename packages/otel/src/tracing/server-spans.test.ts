import { type IncomingMessage, Server } from 'node:http'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SamplingDecision,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { GatewayPropagator } from './propagator.ts'
import { ratioSampling } from './sampling.ts'
import { ServerSpanFactory } from './server-spans.ts'
import { PresetIdGenerator, RandomIds } from './trace-ids.ts'
import { RANDOM_FLAG } from './traceparent.ts'
import { createTracerProvider } from './tracer-provider.ts'

const RATIO = 0.1
const sampler = new TraceIdRatioBasedSampler(RATIO)
const ids = new RandomIds()
const handedIds = new PresetIdGenerator(ids)
const exporter = new InMemorySpanExporter()
const tracer = createTracerProvider({
  sampler: new ParentBasedSampler({ root: sampler }),
  idGenerator: handedIds,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
}).getTracer('any')
const server = new Server()

const factory = (trustsParent = true) =>
  new ServerSpanFactory({
    rules: { ids, isSampled: ratioSampling(RATIO), trustsParent },
    idGenerator: handedIds,
    tracer,
    propagator: new GatewayPropagator({ ids, trustsParent, baggage: undefined, baggageKeys: [] }),
    knownMethods: ['GET'],
  })

function request(rawHeaders: readonly string[], method = 'GET'): IncomingMessage {
  const socket = { remoteAddress: '127.0.0.1', remotePort: 1 }
  return {
    method,
    url: '/',
    httpVersion: '1.1',
    rawHeaders,
    headers: {},
    socket,
  } as unknown as IncomingMessage
}

const isSampledBySdk = (traceId: string): boolean =>
  sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED

const header = (digit: string, flags: string): string[] => [
  'TraceParent',
  `00-${digit.repeat(32)}-${'b'.repeat(16)}-${flags}`,
]

describe('ServerSpanFactory', () => {
  it('takes the decision once: a request has a span if the sampler of the SDK samples its trace id', () => {
    const spans = Array.from({ length: 3000 }, () =>
      trace.getSpan(factory().http1(request([]), server, false)),
    )
    const sampled = spans.filter((span) => span?.isRecording())
    expect(sampled.length).toBeGreaterThan(100)
    expect(sampled.length).toBeLessThan(1000)
    for (const span of spans) {
      const { traceId, traceFlags } = span?.spanContext() ?? { traceId: '', traceFlags: 0 }
      const isSampled = span?.isRecording() === true
      expect(isSampledBySdk(traceId)).toBe(isSampled)
      expect(traceFlags).toBe(RANDOM_FLAG | Number(isSampled))
    }
  })

  it('reads the headers in any case, and takes repeated ones for invalid', () => {
    const idOf = (rawHeaders: readonly string[]) =>
      trace.getSpanContext(factory().http1(request(rawHeaders), server, false))?.traceId
    expect(idOf(['Host', 'x', ...header('a', '01')])).toBe('a'.repeat(32))
    expect(idOf([...header('a', '01'), ...header('a', '01')])).not.toBe('a'.repeat(32))
  })

  it('gives an excluded request no span, whatever its caller says', () => {
    const context = factory().http1(request(header('a', '01')), server, true)
    expect(trace.getSpan(context)?.isRecording()).toBe(false)
    expect(trace.getSpanContext(context)).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 0 })
  })

  it('links to a caller who is not trusted', () => {
    exporter.reset()
    const traced = Array.from({ length: 200 }, () =>
      factory(false).http1(request(header('c', '01')), server, false),
    )
    for (const context of traced) trace.getSpan(context)?.end()
    const spans = exporter.getFinishedSpans()
    expect(spans.length).toBeGreaterThan(0)
    for (const { links, parentSpanContext } of spans) {
      expect(parentSpanContext).toBeUndefined()
      expect(links.map(({ context }) => context.traceId)).toEqual(['c'.repeat(32)])
    }
  })

  it('names a span by its method, and takes the route that an instrumentation of a framework tells', () => {
    exporter.reset()
    for (const method of ['GET', 'PURGE']) {
      const context = factory().http1(request(header('d', '01'), method), server, false)
      trace.getSpan(context)?.end()
    }
    const context = factory().http1(request(header('d', '01')), server, false)
    const metadata = context.getValue(Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA')) as {
      type: string
      route?: string
    }
    expect(metadata.type).toBe('http')
    metadata.route = '/users/:id'
    trace.getSpan(context)?.end()
    expect(
      exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes['http.route']]),
    ).toEqual([
      ['GET', undefined],
      ['HTTP', undefined],
      ['GET /users/:id', '/users/:id'],
    ])
  })
})

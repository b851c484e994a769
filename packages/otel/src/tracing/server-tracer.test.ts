import { type IncomingMessage, Server } from 'node:http'
import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
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
import { ServerTracer } from './server-tracer.ts'
import { PresetIdGenerator, RandomIds } from './trace-ids.ts'
import { RANDOM_FLAG } from './traceparent.ts'
import { createTracerProvider } from './tracer-provider.ts'

const RATIO = 0.1
const sampler = new TraceIdRatioBasedSampler(RATIO)
const ids = new RandomIds()
const idGenerator = new PresetIdGenerator(ids)
const exporter = new InMemorySpanExporter()
const tracer = createTracerProvider({
  sampler: new ParentBasedSampler({ root: sampler }),
  idGenerator,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
}).getTracer('any')
const server = new Server()

function startHttp1(request: IncomingMessage, isExcluded = false, trustsParent = true): Context {
  const propagator = new GatewayPropagator({ ids, trustsParent, baggage: undefined, baggageKeys: [] })
  const rules = { ids, isSampled: ratioSampling(RATIO), trustsParent }
  const knownMethods = new Set(['GET'])
  return new ServerTracer({
    rules,
    idGenerator,
    tracer,
    propagator,
    knownMethods,
    startTurn: undefined,
  }).startHttp1(request, server, isExcluded).context
}

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

describe('ServerTracer', () => {
  it('starts a span exactly if the sampler of the SDK samples the trace id', () => {
    const spans = Array.from({ length: 3000 }, () => trace.getSpan(startHttp1(request([]))))
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

  it('reads header names in any case, and ignores a repeated traceparent', () => {
    const idOf = (rawHeaders: readonly string[]) =>
      trace.getSpanContext(startHttp1(request(rawHeaders)))?.traceId
    expect(idOf(['Host', 'x', ...header('a', '01')])).toBe('a'.repeat(32))
    expect(idOf([...header('a', '01'), ...header('a', '01')])).not.toBe('a'.repeat(32))
  })

  it('starts no span for an excluded request, even if its caller is sampled', () => {
    const context = startHttp1(request(header('a', '01')), true)
    expect(trace.getSpan(context)?.isRecording()).toBe(false)
    expect(trace.getSpanContext(context)).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 0 })
  })

  it('links to a caller that is not trusted', () => {
    exporter.reset()
    const traced = Array.from({ length: 200 }, () => startHttp1(request(header('c', '01')), false, false))
    for (const context of traced) trace.getSpan(context)?.end()
    const spans = exporter.getFinishedSpans()
    expect(spans.length).toBeGreaterThan(0)
    for (const { links, parentSpanContext } of spans) {
      expect(parentSpanContext).toBeUndefined()
      expect(links.map(({ context }) => context.traceId)).toEqual(['c'.repeat(32)])
    }
  })

  it('names a span by its method, and by the route that a framework instrumentation sets', () => {
    exporter.reset()
    for (const method of ['GET', 'PURGE']) {
      const context = startHttp1(request(header('d', '01'), method))
      trace.getSpan(context)?.end()
    }
    const context = startHttp1(request(header('d', '01')))
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

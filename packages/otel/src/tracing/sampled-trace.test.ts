import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { RequestSpanFacts } from '@vr/otel-instruments'
import { expect, it } from 'vitest'
import { SampledTrace } from './sampled-trace.ts'

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer(
  'any',
)

const FACTS: RequestSpanFacts = {
  method: 'GET',
  route: '/users/:id',
  status: 503,
  errorType: '503',
  outcome: undefined,
  stream: undefined,
}

function begin() {
  exporter.reset()
  const span = tracer.startSpan('GET', { kind: SpanKind.SERVER })
  return { span, sampled: new SampledTrace(trace.setSpan(ROOT_CONTEXT, span), span) }
}

it('describes the request and ends the span', () => {
  const { sampled } = begin()
  expect(sampled.isRecording()).toBe(true)
  sampled.end(FACTS)
  expect(sampled.isRecording()).toBe(false)
  const [span, ...more] = exporter.getFinishedSpans()
  expect(more).toEqual([])
  expect([span?.name, span?.status.code]).toEqual(['GET /users/:id', SpanStatusCode.ERROR])
  expect(span?.attributes).toEqual({
    'http.route': '/users/:id',
    'http.response.status_code': 503,
    'error.type': '503',
  })
})

it('sets no status code if none was sent', () => {
  const { sampled } = begin()
  sampled.end({ ...FACTS, status: undefined, errorType: 'server_error' })
  expect(exporter.getFinishedSpans()[0]?.attributes).not.toHaveProperty('http.response.status_code')
})

it('ends the span if describing it throws', () => {
  const { span, sampled } = begin()
  span.setAttribute = () => {
    throw new Error('in the span')
  }
  expect(() => sampled.end(FACTS)).toThrow('in the span')
  expect(exporter.getFinishedSpans()).toHaveLength(1)
})

it('records an exception of a listener, with its name as error.type, and does not end the span', () => {
  const { sampled } = begin()
  sampled.recordException(new RangeError('late'))
  expect(exporter.getFinishedSpans()).toEqual([])
  sampled.end({ ...FACTS, status: 200, errorType: undefined })
  const [span] = exporter.getFinishedSpans()
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'late' })
  expect(span?.attributes['error.type']).toBe('RangeError')
  expect(span?.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual(['late'])
})

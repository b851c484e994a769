import { type Context, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { RANDOM_FLAG } from './traceparent.ts'
import { createTracerProvider } from './tracer-provider.ts'

const parent = (traceFlags: number, isRemote: boolean): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags,
    isRemote,
  })

describe.each([
  ['sampled', new AlwaysOnSampler(), 1],
  ['not sampled', new AlwaysOffSampler(), 0],
])('a span that is %s', (_what, root, sampled) => {
  const tracer = createTracerProvider({
    sampler: new ParentBasedSampler({
      root,
      remoteParentSampled: root,
      remoteParentNotSampled: root,
      localParentSampled: root,
      localParentNotSampled: root,
    }),
  }).getTracer('any')

  it.each<[string, Context, number]>([
    ['a new trace', ROOT_CONTEXT, RANDOM_FLAG],
    ['a parent that is not valid', trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT), RANDOM_FLAG],
    ['a parent without it', parent(0, true), 0],
    ['a sampled parent without it', parent(1, false), 0],
    ['a parent with it', parent(2, true), RANDOM_FLAG],
    ['a sampled parent with it', parent(3, false), RANDOM_FLAG],
  ])('inherits the random flag: %s', (_name, context, random) => {
    expect(tracer.startSpan('any', {}, context).spanContext().traceFlags).toBe(sampled | random)
    const started = tracer.startActiveSpan('any', {}, context, (span) => span)
    expect(started.spanContext().traceFlags).toBe(sampled | random)
  })

  it('has the random flag as a root span with a parent context', () => {
    const span = tracer.startSpan('any', { root: true }, parent(0, false))
    expect(span.spanContext().traceFlags).toBe(sampled | RANDOM_FLAG)
  })
})

describe('the kind of a span', () => {
  it.each([
    ['next.js', SpanKind.SERVER, SpanKind.INTERNAL],
    ['next.js', SpanKind.CLIENT, SpanKind.INTERNAL],
    ['mine', SpanKind.SERVER, SpanKind.SERVER],
    ['mine', SpanKind.CLIENT, SpanKind.CLIENT],
  ])('of the tracer %s, created with kind %d, is %d', (scope, created, kind) => {
    const exporter = new InMemorySpanExporter()
    const provider = createTracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    provider.getTracer(scope).startSpan('a', { kind: created }).end()
    provider.getTracer(scope).startActiveSpan('b', { kind: created }, (span) => span.end())
    expect(exporter.getFinishedSpans().map((span) => span.kind)).toEqual([kind, kind])
  })
})

it('a span in a context that suppresses tracing has no ids and no flags', () => {
  const span = createTracerProvider({}).getTracer('any').startSpan('any', {}, suppressTracing(ROOT_CONTEXT))
  expect(span.spanContext()).toEqual(INVALID_SPAN_CONTEXT)
  expect(INVALID_SPAN_CONTEXT.traceFlags).toBe(0)
})

import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { request, serve } from '../testing/loopback.ts'
import { parseStrictly } from '../testing/strict-parser.ts'
import { PrometheusReader } from './reader.ts'

function sampledSpan(traceId: string, spanId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED })
}

it('exemplars of the provider are in every OpenMetrics scrape', async () => {
  const reader = new PrometheusReader({ withoutTargetInfo: true, unlabelledScopes: ['app'] })
  const meter = new MeterProvider({ readers: [reader] }).getMeter('app')
  const first = sampledSpan('1'.repeat(32), '2'.repeat(16))
  const second = sampledSpan('3'.repeat(32), '4'.repeat(16))
  meter.createCounter('requests').add(1, { route: '/' }, first)
  const duration = meter.createHistogram('duration', { unit: 's', advice: { explicitBucketBoundaries: [1] } })
  duration.record(0.5, {}, first)
  duration.record(3, {}, second)
  duration.record(0.1, {}, ROOT_CONTEXT)

  const server = await serve(reader.handler)
  const headers = { accept: 'application/openmetrics-text;version=1.0.0' }
  const texts = [await request(server.port, { headers }), await request(server.port, { headers })].map(
    ({ body }) => `${body}`,
  )
  await server.close()

  for (const text of texts) {
    const samples = parseStrictly(text, 'openmetrics').flatMap((family) => family.samples)
    const named = samples.filter(({ exemplar }) => exemplar !== undefined)
    expect(
      named.map(({ name, labels, exemplar }) => [name, labels, exemplar?.value, exemplar?.labels]),
    ).toEqual([
      ['requests_total', { route: '/' }, 1, { trace_id: '1'.repeat(32), span_id: '2'.repeat(16) }],
      ['duration_seconds_bucket', { le: '1.0' }, 0.5, { trace_id: '1'.repeat(32), span_id: '2'.repeat(16) }],
      ['duration_seconds_bucket', { le: '+Inf' }, 3, { trace_id: '3'.repeat(32), span_id: '4'.repeat(16) }],
    ])
  }
  expect(texts[0]).toBe(texts[1])
})

import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { openExemplarMeter } from '../testing/open-exemplar-meter.ts'
import { SAMPLED } from '../testing/span-contexts.ts'
import type { ExemplarReservoir } from './reservoir.ts'
import { NOT_SAMPLED } from './sampler.ts'

describe('contexts', () => {
  it.each([
    ['zero ids', '0'.repeat(32), '0'.repeat(16)],
    ['a zero trace id', '0'.repeat(32), 'b'.repeat(16)],
    ['a zero span id', 'a'.repeat(32), '0'.repeat(16)],
    ['empty ids', '', ''],
    ['ids that are not hexadecimal', 'x'.repeat(32), 'y'.repeat(16)],
    ['ids that are too short', 'a'.repeat(16), 'b'.repeat(8)],
  ])(
    'with %s: no exemplar with trace_based, an exemplar without ids with always_on',
    async (_, traceId, spanId) => {
      const invalid = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED })
      for (const exemplarFilter of ['trace_based', 'always_on'] as const) {
        const { meter, exemplarsOf } = openExemplarMeter({ exemplarFilter })
        meter.createCounter('c').add(1, {}, invalid)
        meter.createCounter('c').bind().add(1, invalid)
        const exemplar = { filteredAttributes: {}, value: 1, timestamp: [1_700_000_000, 250_000_000] }
        expect(await exemplarsOf('c')).toEqual([exemplarFilter === 'always_on' ? [exemplar] : undefined])
      }
    },
  )

  it('with NOT_SAMPLED: does not read the span', async () => {
    const { meter, exemplarsOf } = openExemplarMeter()
    const span = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: TraceFlags.NONE })
    span.spanContext = () => expect.unreachable()
    const context = trace.setSpan(ROOT_CONTEXT.setValue(NOT_SAMPLED, true), span)
    meter.createCounter('c').add(1, {}, context)
    meter.createCounter('c').bind().add(1, context)
    expect(await exemplarsOf('c')).toEqual([undefined])
  })

  it('that throw, or reservoirs that throw: counts the measurement', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    const exemplarReservoir = (): ExemplarReservoir => ({ offer: broken, collect: broken })
    const { meter, reader } = openExemplarMeter({
      views: [{ instrumentName: 'r', exemplarReservoir }],
      activeContext: broken,
    })
    meter.createCounter('c').add(1, {}, { getValue: broken } as never)
    meter.createCounter('c').add(1)
    meter.createCounter('c').bind().add(1)
    meter.createCounter('r').add(1, {}, SAMPLED)
    const { resourceMetrics, errors } = await reader.collect()
    const values = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map((m) => m.dataPoints[0]?.value),
    )
    expect(values).toEqual([3, 1])
    expect(errors).toEqual([new Error('broken')])
  })
})

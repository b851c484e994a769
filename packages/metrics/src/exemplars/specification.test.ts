import { type Attributes, context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { type AggregationOption, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGGREGATION } from '../sdk-values.ts'
import { NOW, openExemplarMeter } from '../testing/open-exemplar-meter.ts'
import { contextWithSpan, SAMPLED, UNSAMPLED } from '../testing/span-contexts.ts'
import type { ExemplarReservoir, ReservoirStream } from './reservoir.ts'

// Each test is named for a row on exemplars of OpenTelemetry's specification compliance matrix.

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterAll(() => {
  context.disable()
})

describe('exemplars', () => {
  it('The metrics SDK samples Exemplars from measurements', async () => {
    const { meter, exemplarsOf } = openExemplarMeter()
    meter.createCounter('counter').add(1, {}, SAMPLED)
    meter.createUpDownCounter('up_down').add(-1, {}, SAMPLED)
    meter.createGauge('gauge').record(1, {}, SAMPLED)
    meter.createHistogram('histogram').record(1, {}, SAMPLED)
    for (const name of ['counter', 'up_down', 'gauge', 'histogram']) {
      expect(await exemplarsOf(name)).toMatchObject([[{ traceId: 'a'.repeat(32) }]])
    }
  })

  it('Exemplar sampling can be disabled', async () => {
    let asked = 0
    const activeContext = () => {
      asked += 1
      return SAMPLED
    }
    const { meter, exemplarsOf } = openExemplarMeter({ exemplarFilter: 'always_off', activeContext })
    meter.createCounter('c').add(1)
    meter.createCounter('c').bind().add(1)
    expect(await exemplarsOf('c')).toEqual([undefined])
    expect(asked).toBe(0)
  })

  it('The metrics SDK supports SDK-wide exemplar filter configuration', async () => {
    const { meter, exemplarsOf } = openExemplarMeter({ exemplarFilter: 'always_on' })
    for (const name of ['a', 'b']) meter.createCounter(name).add(1)
    expect(await Promise.all([exemplarsOf('a'), exemplarsOf('b')])).toMatchObject([[[{}]], [[{}]]])
  })

  it('The metrics SDK supports TraceBased exemplar filter', async () => {
    const { meter, exemplarsOf } = openExemplarMeter()
    const counter = meter.createCounter('c')
    counter.add(1, { of: 'no span' })
    counter.add(1, { of: 'unsampled' }, UNSAMPLED)
    counter.add(1, { of: 'sampled' }, SAMPLED)
    expect((await exemplarsOf('c')).map((exemplars) => exemplars?.length)).toEqual([undefined, undefined, 1])
  })

  it('The metrics SDK supports AlwaysOn exemplar filter', async () => {
    const { meter, exemplarsOf } = openExemplarMeter({ exemplarFilter: 'always_on' })
    const counter = meter.createCounter('c')
    counter.add(1, { of: 'no span' })
    counter.add(1, { of: 'unsampled' }, UNSAMPLED)
    counter.add(1, { of: 'sampled' }, SAMPLED)
    const traceIds = (await exemplarsOf('c')).map((exemplars) => exemplars?.map(({ traceId }) => traceId))
    expect(traceIds).toEqual([[undefined], [undefined], ['a'.repeat(32)]])
  })

  it('The metrics SDK supports AlwaysOff exemplar filter', async () => {
    const { meter, exemplarsOf } = openExemplarMeter({ exemplarFilter: 'always_off' })
    meter.createHistogram('h').record(1, {}, SAMPLED)
    expect(await exemplarsOf('h')).toEqual([undefined])
  })

  it('Exemplars retain any attributes available in the measurement that are not preserved by aggregation or view configuration', async () => {
    const keepRoute = {
      instrumentName: 'c',
      attributesProcessors: [createAllowListAttributesProcessor(['route'])],
    }
    const { reader, meter } = openExemplarMeter({ views: [keepRoute], cardinalityLimit: 1 })
    const given: Attributes[] = [
      { route: '/a', user: 'u', plan: 'p' },
      { route: '/b', user: 'v' },
    ]
    for (const attributes of given) meter.createCounter('c').add(1, attributes, SAMPLED)
    const points = await reader.points('c')
    // The second point is the overflow series, whose attribute no measurement has.
    expect(
      points.map((point) => ({ ...point.attributes, ...point.exemplars?.[0]?.filteredAttributes })),
    ).toEqual([given[0], { 'otel.metric.overflow': true, ...given[1] }])
  })

  it('Exemplars contain the associated trace id and span id of the active span in the Context when the measurement was taken', async () => {
    const { meter, exemplarsOf } = openExemplarMeter()
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2, 3] } })
    const bound = histogram.bind()
    await Promise.all(
      ['1', '2', '3'].map((digit) =>
        context.with(contextWithSpan(digit), async () => {
          await new Promise((resolve) => setImmediate(resolve))
          if (digit === '2') bound.record(Number(digit))
          else histogram.record(Number(digit))
        }),
      ),
    )
    context.with(contextWithSpan('5'), () => histogram.record(9, {}, contextWithSpan('4')))
    const [exemplars = []] = await exemplarsOf('h')
    expect(exemplars.map(({ value, traceId, spanId }) => [value, traceId, spanId])).toEqual([
      [1, '1'.repeat(32), '1'.repeat(16)],
      [2, '2'.repeat(32), '2'.repeat(16)],
      [3, '3'.repeat(32), '3'.repeat(16)],
      [9, '4'.repeat(32), '4'.repeat(16)],
    ])
  })

  it('Exemplars contain the timestamp when the measurement was taken', async () => {
    let now = NOW
    const { reader, meter } = openExemplarMeter({ now: () => now })
    meter.createCounter('c').add(1, {}, SAMPLED)
    now += 10_000
    const [point] = await reader.points('c')
    expect(point?.exemplars?.[0]?.timestamp).toEqual([1_700_000_000, 250_000_000])
    expect(point?.endTime).toEqual([1_700_000_010, 250_000_000])
  })

  it('The metrics SDK provides an ExemplarReservoir interface or extension point', async () => {
    const asked: ReservoirStream[] = []
    const exemplar = {
      filteredAttributes: { secret: 's', own: 'o' },
      value: 7,
      timestamp: [1, 2] as [number, number],
    }
    const exemplarReservoir = (stream: ReservoirStream): ExemplarReservoir => {
      asked.push(stream)
      return { offer: () => {}, collect: () => [exemplar] }
    }
    const aggregation: AggregationOption = {
      type: AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [1, 2] },
    }
    const views = [{ instrumentName: 'h', aggregation, exemplarReservoir }]
    const { meter, exemplarsOf } = openExemplarMeter({ views, exemplarAttributes: ['own'] })
    const histogram = meter.createHistogram('h')
    for (const k of [1, 1, 2]) histogram.record(1, { k }, SAMPLED)
    const shown = [{ ...exemplar, filteredAttributes: { own: 'o' } }]
    expect(await exemplarsOf('h')).toEqual([shown, shown])
    expect(asked).toEqual([
      { boundaries: [1, 2], maxSize: 0 },
      { boundaries: [1, 2], maxSize: 0 },
    ])
  })

  it('An ExemplarReservoir has an offer method with access to the measurement value, attributes, Context and timestamp', async () => {
    const offered: unknown[] = []
    const exemplarReservoir = (): ExemplarReservoir => ({
      offer: (value, now, attributes, given) => offered.push([value, now(), attributes, given]),
      collect: () => [],
    })
    const { meter, exemplarsOf } = openExemplarMeter({ views: [{ instrumentName: 'c', exemplarReservoir }] })
    meter.createCounter('c').add(3, { k: 'v' }, SAMPLED)
    context.with(SAMPLED, () => meter.createCounter('c').bind({ k: 'w' }).add(4))
    expect(offered).toEqual([
      [3, NOW, { k: 'v' }, SAMPLED],
      [4, NOW, { k: 'w' }, SAMPLED],
    ])
    expect(await exemplarsOf('c')).toEqual([undefined, undefined])
  })

  it('The metrics SDK provides a SimpleFixedSizeExemplarReservoir that is used by default for all aggregations except ExplicitBucketHistogram', async () => {
    const exponential = (maxSize: number): AggregationOption => ({
      type: AGGREGATION.EXPONENTIAL_HISTOGRAM,
      options: { maxSize },
    })
    const views = [
      { instrumentName: 'small', aggregation: exponential(3) },
      { instrumentName: 'large', aggregation: exponential(160) },
      {
        instrumentName: 'single',
        aggregation: {
          type: AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [] },
        } as AggregationOption,
      },
    ]
    const { meter, exemplarsOf } = openExemplarMeter({ views })
    const counts: unknown[] = []
    for (const name of ['sum', 'small', 'large', 'single']) {
      const instrument = meter.createHistogram(name)
      const counter = meter.createCounter('sum')
      for (let i = 0; i < 100; i += 1) {
        if (name === 'sum') counter.add(i, {}, SAMPLED)
        else instrument.record(i, {}, SAMPLED)
      }
      counts.push((await exemplarsOf(name))[0]?.length)
    }
    expect(counts).toEqual([1, 3, 20, 1])
  })

  it('The metrics SDK provides an AlignedHistogramBucketExemplarReservoir that is used by default for ExplicitBucketHistogram aggregation', async () => {
    const { meter, exemplarsOf } = openExemplarMeter()
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [10, 20, 30] } })
    for (let i = 0; i < 100; i += 1) histogram.record(i % 50, {}, SAMPLED)
    const [exemplars = []] = await exemplarsOf('h')
    expect(exemplars.map(({ value }) => Math.min(3, Math.ceil(value / 10 - 1)))).toEqual([
      expect.any(Number),
      1,
      2,
      3,
    ])
    expect(exemplars[0]?.value).toBeLessThanOrEqual(10)
  })
})

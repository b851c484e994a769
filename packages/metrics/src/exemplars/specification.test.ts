import { type Attributes, type Context, context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { type AggregationOption, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import type { MeterProviderOptions } from '../provider/settings.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import type { ExemplarReservoir, ReservoirStream } from './reservoir.ts'
import { NOT_SAMPLED } from './sampler.ts'

// Each test has the words of a row on exemplars of OpenTelemetry's specification compliance matrix.

const NOW = 1_700_000_000_250

function spanContext(digit: string, traceFlags = TraceFlags.SAMPLED): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: digit.repeat(32),
    spanId: digit.repeat(16),
    traceFlags,
  })
}

const SAMPLED = spanContext('a')
const UNSAMPLED = spanContext('b', TraceFlags.NONE)

function open(options: MeterProviderOptions = {}) {
  const reader = readerOf(1)
  const meter = new MeterProvider({ readers: [reader], now: () => NOW, ...options }).getMeter('m')
  const exemplarsOf = async (name: string) => (await reader.points(name)).map((point) => point.exemplars)
  return { reader, meter, exemplarsOf }
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterAll(() => {
  context.disable()
})

describe('exemplars', () => {
  it('The metrics SDK samples Exemplars from measurements', async () => {
    const { meter, exemplarsOf } = open()
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
    const { meter, exemplarsOf } = open({ exemplarFilter: 'always_off', activeContext })
    meter.createCounter('c').add(1)
    meter.createCounter('c').bind().add(1)
    expect(await exemplarsOf('c')).toEqual([undefined])
    expect(asked).toBe(0)
  })

  it('The metrics SDK supports SDK-wide exemplar filter configuration', async () => {
    const { meter, exemplarsOf } = open({ exemplarFilter: 'always_on' })
    for (const name of ['a', 'b']) meter.createCounter(name).add(1)
    expect(await Promise.all([exemplarsOf('a'), exemplarsOf('b')])).toMatchObject([[[{}]], [[{}]]])
  })

  it('The metrics SDK supports TraceBased exemplar filter', async () => {
    const { meter, exemplarsOf } = open()
    const counter = meter.createCounter('c')
    counter.add(1, { of: 'no span' })
    counter.add(1, { of: 'unsampled' }, UNSAMPLED)
    counter.add(1, { of: 'sampled' }, SAMPLED)
    expect((await exemplarsOf('c')).map((exemplars) => exemplars?.length)).toEqual([undefined, undefined, 1])
  })

  it('The metrics SDK supports AlwaysOn exemplar filter', async () => {
    const { meter, exemplarsOf } = open({ exemplarFilter: 'always_on' })
    const counter = meter.createCounter('c')
    counter.add(1, { of: 'no span' })
    counter.add(1, { of: 'unsampled' }, UNSAMPLED)
    counter.add(1, { of: 'sampled' }, SAMPLED)
    const traceIds = (await exemplarsOf('c')).map((exemplars) => exemplars?.map(({ traceId }) => traceId))
    expect(traceIds).toEqual([[undefined], [undefined], ['a'.repeat(32)]])
  })

  it('The metrics SDK supports AlwaysOff exemplar filter', async () => {
    const { meter, exemplarsOf } = open({ exemplarFilter: 'always_off' })
    meter.createHistogram('h').record(1, {}, SAMPLED)
    expect(await exemplarsOf('h')).toEqual([undefined])
  })

  it('Exemplars retain any attributes available in the measurement that are not preserved by aggregation or view configuration', async () => {
    const keepRoute = {
      instrumentName: 'c',
      attributesProcessors: [createAllowListAttributesProcessor(['route'])],
    }
    const { reader, meter } = open({ views: [keepRoute], cardinalityLimit: 1 })
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
    const { meter, exemplarsOf } = open()
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2, 3] } })
    const bound = histogram.bind()
    await Promise.all(
      ['1', '2', '3'].map((digit) =>
        context.with(spanContext(digit), async () => {
          await new Promise((resolve) => setImmediate(resolve))
          if (digit === '2') bound.record(Number(digit))
          else histogram.record(Number(digit))
        }),
      ),
    )
    context.with(spanContext('5'), () => histogram.record(9, {}, spanContext('4')))
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
    const { reader, meter } = open({ now: () => now })
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
    const aggregation: AggregationOption = { type: 4, options: { boundaries: [1, 2] } }
    const views = [{ instrumentName: 'h', aggregation, exemplarReservoir }]
    const { meter, exemplarsOf } = open({ views, exemplarAttributes: ['own'] })
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
    const { meter, exemplarsOf } = open({ views: [{ instrumentName: 'c', exemplarReservoir }] })
    meter.createCounter('c').add(3, { k: 'v' }, SAMPLED)
    context.with(SAMPLED, () => meter.createCounter('c').bind({ k: 'w' }).add(4))
    expect(offered).toEqual([
      [3, NOW, { k: 'v' }, SAMPLED],
      [4, NOW, { k: 'w' }, SAMPLED],
    ])
    expect(await exemplarsOf('c')).toEqual([undefined, undefined])
  })

  it('The metrics SDK provides a SimpleFixedSizeExemplarReservoir that is used by default for all aggregations except ExplicitBucketHistogram', async () => {
    const exponential = (maxSize: number): AggregationOption => ({ type: 5, options: { maxSize } })
    const views = [
      { instrumentName: 'small', aggregation: exponential(3) },
      { instrumentName: 'large', aggregation: exponential(160) },
      {
        instrumentName: 'single',
        aggregation: { type: 4, options: { boundaries: [] } } as AggregationOption,
      },
    ]
    const { meter, exemplarsOf } = open({ views })
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
    const { meter, exemplarsOf } = open()
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

  it.each([
    ['zero ids', '0'.repeat(32), '0'.repeat(16)],
    ['a zero trace id', '0'.repeat(32), 'b'.repeat(16)],
    ['a zero span id', 'a'.repeat(32), '0'.repeat(16)],
    ['empty ids', '', ''],
    ['ids that are not hexadecimal', 'x'.repeat(32), 'y'.repeat(16)],
    ['ids that are too short', 'a'.repeat(16), 'b'.repeat(8)],
  ])(
    'of a sampled span context with %s are none under TraceBased, and have no ids under AlwaysOn',
    async (_, traceId, spanId) => {
      const invalid = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED })
      for (const exemplarFilter of ['trace_based', 'always_on'] as const) {
        const { meter, exemplarsOf } = open({ exemplarFilter })
        meter.createCounter('c').add(1, {}, invalid)
        meter.createCounter('c').bind().add(1, invalid)
        const exemplar = { filteredAttributes: {}, value: 1, timestamp: [1_700_000_000, 250_000_000] }
        expect(await exemplarsOf('c')).toEqual([exemplarFilter === 'always_on' ? [exemplar] : undefined])
      }
    },
  )

  describe('of asynchronous instruments', () => {
    const keepRoute = {
      instrumentName: '*',
      attributesProcessors: [createAllowListAttributesProcessor(['route'])],
    }

    function observeRoutes(meter: ReturnType<typeof open>['meter']) {
      const values: [number, Attributes][] = [
        [3, { route: '/a', pid: 1 }],
        [4, { route: '/b', pid: 2 }],
      ]
      for (const kind of ['Counter', 'UpDownCounter', 'Gauge'] as const) {
        meter[`createObservable${kind}`](kind).addCallback((result) => {
          for (const [value, attributes] of values) result.observe(value, attributes)
        })
      }
    }

    it.each([0, 1] as const)(
      'are those of all observations under AlwaysOn, without ids (temporality %s)',
      async (temporality) => {
        const reader = readerOf(temporality)
        const { meter } = open({
          readers: [reader],
          views: [keepRoute],
          exemplarFilter: 'always_on',
          activeContext: () => SAMPLED,
        })
        observeRoutes(meter)
        const timestamp = [1_700_000_000, 250_000_000]
        for (const kind of ['Counter', 'UpDownCounter', 'Gauge']) {
          expect((await reader.points(kind)).map((point) => [point.attributes, point.exemplars])).toEqual([
            [{ route: '/a' }, [{ filteredAttributes: { pid: 1 }, value: 3, timestamp }]],
            [{ route: '/b' }, [{ filteredAttributes: { pid: 2 }, value: 4, timestamp }]],
          ])
        }
      },
    )

    it('belong to one of the observations that a view added up, and to the overflow series', async () => {
      const { reader, meter } = open({ views: [keepRoute], exemplarFilter: 'always_on', cardinalityLimit: 1 })
      meter.createObservableCounter('c').addCallback((result) => {
        for (const pid of [1, 2, 3]) result.observe(pid, { route: '/a', pid })
        result.observe(9, { route: '/b', pid: 9 })
      })
      const [added, overflow] = await reader.points('c')
      expect(added).toMatchObject({ value: 6, exemplars: [{ value: expect.any(Number) }] })
      expect(added?.exemplars?.[0]?.filteredAttributes).toEqual({ pid: added?.exemplars?.[0]?.value })
      expect(overflow?.exemplars).toMatchObject([{ value: 9, filteredAttributes: { route: '/b', pid: 9 } }])
    })

    it('come from the reservoir of the view, with the attributes that may be shown', async () => {
      const offered: unknown[] = []
      const exemplarReservoir = (): ExemplarReservoir => ({
        offer: (value, now, attributes, given) => offered.push([value, now(), attributes, given]),
        collect: () => [{ filteredAttributes: { pid: 1, secret: 's' }, value: 5, timestamp: [1, 2] }],
      })
      const { meter, exemplarsOf } = open({
        views: [{ ...keepRoute, exemplarReservoir }],
        exemplarFilter: 'always_on',
        exemplarAttributes: ['pid'],
      })
      meter.createObservableGauge('o').addCallback((result) => result.observe(5, { route: '/a', pid: 1 }))
      expect(await exemplarsOf('o')).toEqual([
        [{ filteredAttributes: { pid: 1 }, value: 5, timestamp: [1, 2] }],
      ])
      expect(offered).toEqual([[5, NOW, { route: '/a', pid: 1 }, ROOT_CONTEXT]])
    })

    it.each(['trace_based', 'always_off'] as const)(
      'are none under %s: callbacks run in no request',
      async (exemplarFilter) => {
        const { meter, exemplarsOf } = open({
          views: [keepRoute],
          exemplarFilter,
          activeContext: () => SAMPLED,
        })
        observeRoutes(meter)
        expect(await exemplarsOf('Counter')).toEqual([undefined, undefined])
      },
    )
  })

  it('asks no span for its ids that the context says is not sampled', async () => {
    const { meter, exemplarsOf } = open()
    const span = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: TraceFlags.NONE })
    span.spanContext = () => expect.unreachable()
    const context = trace.setSpan(ROOT_CONTEXT.setValue(NOT_SAMPLED, true), span)
    meter.createCounter('c').add(1, {}, context)
    meter.createCounter('c').bind().add(1, context)
    expect(await exemplarsOf('c')).toEqual([undefined])
  })

  it('survive a context, a reservoir and an active context that throw', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    const exemplarReservoir = (): ExemplarReservoir => ({ offer: broken, collect: broken })
    const { meter, reader } = open({
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

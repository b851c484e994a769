import { ROOT_CONTEXT, TraceFlags, trace, ValueType } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { MeterProvider } from './meter-provider.ts'
import type { MeterProviderOptions } from './settings.ts'

const START = 1_700_000_000_000
const START_HR = [1_700_000_000, 0]

function open(options: MeterProviderOptions = {}, temporality: 0 | 1 = 1) {
  const clock = { now: START }
  const reader = readerOf(temporality)
  const provider = new MeterProvider({ readers: [reader], now: () => clock.now, ...options })
  return { clock, reader, provider, meter: provider.getMeter('test', '1.2.3') }
}

function sampledContext(digit: string, flags = TraceFlags.SAMPLED) {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: digit.repeat(32),
    spanId: digit.repeat(16),
    traceFlags: flags,
  })
}

describe('synchronous instruments', () => {
  it('gives the whole metric of a counter', async () => {
    const { clock, reader, meter } = open()
    const counter = meter.createCounter('hits', { description: 'Hits.', unit: '{hit}' })
    counter.add(1, { route: '/a' })
    clock.now += 1_500
    counter.add(2, { route: '/a' })
    counter.add(5, { route: '/b', code: 200 })
    counter.add(7, { code: 200, route: '/b' })
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    expect(resourceMetrics.scopeMetrics).toEqual([
      {
        scope: { name: 'test', version: '1.2.3' },
        metrics: [
          {
            descriptor: {
              name: 'hits',
              type: 'COUNTER',
              description: 'Hits.',
              unit: '{hit}',
              valueType: 1,
              advice: {},
            },
            aggregationTemporality: 1,
            dataPointType: 3,
            isMonotonic: true,
            dataPoints: [
              {
                attributes: { route: '/a' },
                startTime: START_HR,
                endTime: [1_700_000_001, 500_000_000],
                value: 3,
              },
              {
                attributes: { route: '/b', code: 200 },
                startTime: [1_700_000_001, 500_000_000],
                endTime: [1_700_000_001, 500_000_000],
                value: 12,
              },
            ],
          },
        ],
      },
    ])
  })

  it('reports nothing of an instrument that was never used', async () => {
    const { reader, meter } = open()
    meter.createCounter('silent')
    meter.createUpDownCounter('also').bind({ a: 1 })
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([])
  })

  it('counts by the advised boundaries', async () => {
    const { reader, meter } = open()
    const histogram = meter.createHistogram('d', {
      advice: { explicitBucketBoundaries: [1, 5, Number.POSITIVE_INFINITY, 2.5] },
    })
    for (const value of [1, 1.5, 2.5, 100]) histogram.record(value)
    const [point] = await reader.points('d')
    expect(point?.value).toEqual({
      buckets: { boundaries: [1, 2.5, 5], counts: [1, 2, 0, 1] },
      count: 4,
      sum: 105,
      min: 1,
      max: 100,
    })
  })

  it('keeps the last value of a gauge and the sum of an up-down counter', async () => {
    const { reader, meter } = open()
    const gauge = meter.createGauge('g')
    gauge.record(4)
    gauge.record(-2)
    const upDown = meter.createUpDownCounter('u', { valueType: ValueType.INT })
    upDown.add(5.9)
    upDown.add(-7)
    expect((await reader.points('g')).map((point) => point.value)).toEqual([-2])
    expect((await reader.points('u')).map((point) => point.value)).toEqual([-2])
  })

  it('starts delta intervals at the collection before, and forgets what they held', async () => {
    const { clock, reader, meter } = open({}, 0)
    const counter = meter.createCounter('c')
    const bound = counter.bind({ k: 1 })
    clock.now += 1_000
    counter.add(3, { k: 1 })
    bound.add(4)
    const first = await reader.points('c')
    clock.now += 1_000
    const second = await reader.points('c')
    clock.now += 1_000
    bound.add(1)
    const third = await reader.points('c')
    const at = (seconds: number) => [1_700_000_000 + seconds, 0]
    expect([first, second, third]).toEqual([
      [{ attributes: { k: 1 }, startTime: at(0), endTime: at(1), value: 7 }],
      [],
      [{ attributes: { k: 1 }, startTime: at(2), endTime: at(3), value: 1 }],
    ])
  })

  it('never throws and never lets one bad value spoil a series', async () => {
    const { reader, meter } = open()
    const counter = meter.createCounter('c')
    const bad: unknown[] = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      '1',
      1n,
      Symbol('x'),
      Object.create(null),
      null,
    ]
    for (const value of bad) counter.add(value as number)
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const throwing = {
      get a() {
        throw new Error('no')
      },
      b: 1,
    }
    for (const attributes of [null, 'text', { id: 10n }, circular, throwing, { f: () => 1 }] as never[]) {
      counter.add(1, attributes)
    }
    counter.add(1, {}, {} as never)
    expect((await reader.points('c')).map(({ attributes, value }) => [attributes, value])).toEqual([
      [{}, 6],
      [{ b: 1 }, 1],
    ])
  })
})

describe('cardinality limit', () => {
  it('keeps n series and one overflow series, and their totals, for ever', async () => {
    const { reader, meter } = open({ cardinalityLimit: 3 })
    const counter = meter.createCounter('c')
    for (let k = 0; k < 100; k += 1) {
      counter.add(1, { k })
      await reader.collect()
    }
    counter.add(1, { k: 2 })
    expect((await reader.points('c')).map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ k: 0 }, 1],
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
      [{ 'otel.metric.overflow': true }, 97],
    ])
  })
})

describe('observable instruments', () => {
  it('reports what callbacks observed, cumulative and as difference', async () => {
    const cumulative = readerOf(1)
    const delta = readerOf(0)
    const provider = new MeterProvider({ readers: [cumulative, delta] })
    const meter = provider.getMeter('m')
    let value = 0
    const counter = meter.createObservableCounter('c')
    const gauge = meter.createObservableGauge('g')
    counter.addCallback((result) => result.observe(value, { a: 1 }))
    meter.addBatchObservableCallback(
      async (result) => {
        await Promise.resolve()
        result.observe(gauge, value)
      },
      [gauge],
    )
    const seen: unknown[] = []
    for (value of [10, 25, 4, 9]) {
      seen.push((await cumulative.points('c')).map((point) => point.value))
      seen.push((await delta.points('c')).map((point) => point.value))
    }
    expect(seen).toEqual([[10], [10], [25], [15], [4], [4], [9], [5]])
    expect((await cumulative.points('g')).map((point) => point.value)).toEqual([9])
  })

  it('loses the observations of a callback that fails, and only those', async () => {
    const { reader, meter } = open()
    const gauge = meter.createObservableGauge('g')
    gauge.addCallback((result) => result.observe(1, { good: true }))
    gauge.addCallback((result) => {
      result.observe(1, { good: false })
      throw new Error('broken')
    })
    gauge.addCallback(() => Promise.reject())
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([new Error('broken'), new Error('an observable callback failed')])
    expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints.map((point) => point.attributes)).toEqual([
      { good: true },
    ])
  })
})

describe('exemplars', () => {
  it('stand on points measured in the context of a sampled span; the explicit context wins', async () => {
    const active = sampledContext('1')
    const { reader, meter } = open({ activeContext: () => active })
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } })
    histogram.record(0.5, { k: 'v' })
    histogram.record(1.5, { k: 'v' }, sampledContext('2'))
    histogram.record(9, { k: 'v' }, sampledContext('3', TraceFlags.NONE))
    histogram.record(9, { k: 'v' }, ROOT_CONTEXT)
    const [point] = await reader.points('h')
    const exemplar = (digit: string, value: number) => ({
      filteredAttributes: {},
      value,
      timestamp: START_HR,
      traceId: digit.repeat(32),
      spanId: digit.repeat(16),
    })
    expect(point?.exemplars).toEqual([exemplar('1', 0.5), exemplar('2', 1.5)])
  })

  it('stay for the next pull, and belong to their interval in a delta stream', async () => {
    const cumulative = readerOf(1)
    const delta = readerOf(0)
    const meter = new MeterProvider({ readers: [cumulative, delta] }).getMeter('m')
    const bound = meter.createCounter('c').bind()
    bound.add(1, sampledContext('a'))
    const ids = async (reader: typeof delta) =>
      (await reader.points('c')).map((point) => point.exemplars?.map((exemplar) => exemplar.traceId?.[0]))
    expect([await ids(cumulative), await ids(cumulative), await ids(delta), await ids(delta)]).toEqual([
      [['a']],
      [['a']],
      [['a']],
      [],
    ])
    bound.add(1)
    expect([await ids(cumulative), await ids(delta)]).toEqual([[['a']], [undefined]])
  })

  it('carry what a view removed, unless told otherwise', async () => {
    const views = [{ instrumentName: 'c', attributesProcessors: [{ process: () => ({}) }] }]
    const shown = async (exemplarAttributes?: readonly string[]) => {
      const { reader, meter } = open({ views, ...(exemplarAttributes && { exemplarAttributes }) })
      meter.createCounter('c').add(1, { user: 'x', plan: 'y' }, sampledContext('a'))
      return (await reader.points('c'))[0]?.exemplars?.[0]?.filteredAttributes
    }
    expect([await shown(), await shown(['plan']), await shown([])]).toEqual([
      { user: 'x', plan: 'y' },
      { plan: 'y' },
      {},
    ])
  })

  it('are never there with always_off, and always without ids with always_on and no sampled span', async () => {
    const of = async (exemplarFilter: 'always_on' | 'always_off', context = sampledContext('1', 0)) => {
      const { reader, meter } = open({ exemplarFilter })
      meter.createCounter('c').add(1, {}, context)
      return (await reader.points('c'))[0]?.exemplars
    }
    expect(await of('always_off', sampledContext('1'))).toBeUndefined()
    expect(await of('always_on')).toEqual([{ filteredAttributes: {}, value: 1, timestamp: START_HR }])
  })
})

describe('shutdown', () => {
  it('shuts the readers down once, and gives meters that record nothing', async () => {
    const { reader, provider } = open()
    await provider.shutdown()
    await provider.shutdown()
    provider.getMeter('late').createCounter('c').add(1)
    await expect(reader.collect()).rejects.toThrow('shutdown')
  })
})

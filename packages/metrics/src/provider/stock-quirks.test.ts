import { type Attributes, DiagLogLevel, diag, type ObservableResult } from '@opentelemetry/api'
import {
  type AggregationOption,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { type CollectingReader, readerOf } from '../testing/collecting-reader.ts'
import type { ViewOptions } from '../views/view-options.ts'
import type { Meter } from './meter.ts'
import { MeterProvider } from './meter-provider.ts'

// Each test is named for a behaviour of upstream's sdk-metrics 3.1.1 that contradicts the specification, or surprises.

const cumulative = () => readerOf(1)
const delta = () => readerOf(0)
const withLimit = (limit: number) => readerOf(1, { cardinalitySelector: () => limit })
const dropping = () => readerOf(1, { aggregationSelector: () => ({ type: AggregationType.DROP }) })

function open(readers: CollectingReader[], views: ViewOptions[] = [], now: () => number = Date.now): Meter {
  return new MeterProvider({ readers, views, now }).getMeter('m')
}

async function pointsOf(reader: CollectingReader, name = 'x'): Promise<[Attributes, unknown][]> {
  return (await reader.points(name)).map(({ attributes, value }) => [attributes, value])
}

const sizeOf = async (reader: CollectingReader) => (await pointsOf(reader)).length
const explicit: AggregationOption = {
  type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  options: { boundaries: [5] },
}
const exponential: AggregationOption = { type: AggregationType.EXPONENTIAL_HISTOGRAM }

describe('cardinality', () => {
  it('quirk 1: limit n is n series and overflow, and stays so over collections', async () => {
    const reader = withLimit(3)
    const counter = open([reader]).createCounter('x')
    for (let k = 0; k < 3; k += 1) counter.add(1, { k })
    expect(await sizeOf(reader)).toBe(3)
    for (let k = 3; k < 100; k += 1) {
      counter.add(1, { k })
      await reader.collect()
    }
    expect((await pointsOf(reader)).at(-1)).toEqual([{ 'otel.metric.overflow': true }, 97])
    expect(await sizeOf(reader)).toBe(4)
  })

  it('quirk 2: the overflow of an observed counter is the sum, and places are freed', async () => {
    const reader = withLimit(2)
    let observed = [1, 10, 100, 1000]
    open([reader])
      .createObservableCounter('x')
      .addCallback((result) => {
        for (const k of observed) result.observe(k, { k })
      })
    expect(await pointsOf(reader)).toEqual([
      [{ k: 1 }, 1],
      [{ k: 10 }, 10],
      [{ 'otel.metric.overflow': true }, 1100],
    ])
    observed = [100, 1000]
    expect(await pointsOf(reader)).toEqual([
      [{ k: 100 }, 100],
      [{ k: 1000 }, 1000],
    ])
  })

  it('quirk 3: a dropped stream keeps nothing, and an idle delta reader stays bounded', async () => {
    const reader = dropping()
    const idle = delta()
    const counter = open([reader, idle], [{ instrumentName: '*' }]).createCounter('x')
    for (let i = 0; i < 5_000; i += 1) counter.add(1, { i })
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([])
    expect(await sizeOf(idle)).toBe(2_001)
  })
})

describe('views', () => {
  it('quirk 4: two views that make the same stream count a measurement once', async () => {
    const reader = cumulative()
    open([reader], [{ instrumentName: '*' }, { instrumentName: 'x' }])
      .createCounter('x')
      .add(1)
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it('quirk 5: what a view leaves open comes from the reader, its aggregation and its limit', async () => {
    const dropped = dropping()
    const limited = withLimit(1)
    const counter = open([dropped, limited], [{ instrumentName: '*' }]).createCounter('x')
    counter.add(1, { k: 1 })
    counter.add(1, { k: 2 })
    expect(await pointsOf(dropped)).toEqual([])
    expect(await pointsOf(limited)).toEqual([
      [{ k: 1 }, 1],
      [{ 'otel.metric.overflow': true }, 1],
    ])
  })

  it('quirk 6: every * and ? in a pattern is a wildcard', async () => {
    const selected = async (pattern: string, name: string) => {
      const reader = cumulative()
      open([reader], [{ instrumentName: pattern, aggregation: { type: AggregationType.DROP } }])
        .createCounter(name)
        .add(1)
      return (await pointsOf(reader, name)).length === 0
    }
    expect(await selected('a*b*c', 'a1b2c')).toBe(true)
    expect(await selected('a*b*c', 'a1c')).toBe(false)
    expect(await selected('**', 'anything')).toBe(true)
    expect(await selected('a?c', 'abc')).toBe(true)
    expect(await selected('a?c', 'ac')).toBe(false)
    expect(await selected('a.c', 'abc')).toBe(false)
    expect(await selected('ABC', 'abc')).toBe(true)
  })

  it('quirk 7: meterSchemaUrl selects no meter without a schema URL', async () => {
    const reader = cumulative()
    open([reader], [{ meterSchemaUrl: 'https://a/1', aggregation: { type: AggregationType.DROP } }])
      .createCounter('x')
      .add(1)
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it("quirk 8: a rename onto another instrument's name gives one metric", async () => {
    const reader = cumulative()
    const meter = open([reader], [{ instrumentName: 'a', name: 'x' }])
    meter.createCounter('a').add(1)
    meter.createCounter('x').add(10)
    expect(await reader.metrics()).toHaveLength(1)
    expect(await pointsOf(reader)).toEqual([[{}, 11]])
  })

  it('quirk 9: a __proto__ key passes allow lists, deny lists and bounds, and pollutes nothing', async () => {
    const attributes: Attributes = JSON.parse('{"__proto__":"p","k":"z"}')
    const shown = async (options: Omit<ViewOptions, 'instrumentName'>) => {
      const reader = cumulative()
      const counter = open([reader], [{ instrumentName: 'x', ...options }]).createCounter('x')
      counter.add(1, attributes)
      const [point] = await pointsOf(reader)
      return Object.entries(point?.[0] ?? {})
    }
    const proto = ['__proto__', 'p']
    const allowed = [createAllowListAttributesProcessor(['__proto__'])]
    expect(await shown({ attributesProcessors: allowed })).toEqual([proto])
    expect(await shown({ attributesProcessors: [createDenyListAttributesProcessor(['k'])] })).toEqual([proto])
    const attributeBounds = Object.fromEntries([['__proto__', ['a']]])
    expect(await shown({ attributeBounds })).toEqual([
      ['__proto__', 'other'],
      ['k', 'z'],
    ])
    expect(({} as Attributes)['p']).toBeUndefined()
  })
})

describe('observed instruments', () => {
  it('quirk 10: observations that a view makes equal add up', async () => {
    const reader = cumulative()
    const views = [{ instrumentName: 'x', attributesProcessors: [createAllowListAttributesProcessor([])] }]
    open([reader], views)
      .createObservableCounter('x')
      .addCallback((result) => {
        result.observe(50, { pid: 1 })
        result.observe(30, { pid: 2 })
      })
    expect(await pointsOf(reader)).toEqual([[{}, 80]])
  })

  it('quirk 11: a series that is no longer observed is no longer reported', async () => {
    const reader = cumulative()
    let pids = [1, 2]
    open([reader])
      .createObservableCounter('x')
      .addCallback((result) => {
        for (const pid of pids) result.observe(7, { pid })
      })
    expect(await sizeOf(reader)).toBe(2)
    pids = [2]
    expect(await pointsOf(reader)).toEqual([[{ pid: 2 }, 7]])
  })

  it('quirk 12: an observation counts for the reader that collects, so a reset is one', async () => {
    const [a, b] = [cumulative(), cumulative()]
    let v = 100
    open([a, b])
      .createObservableCounter('x')
      .addCallback((result) => result.observe(v))
    await a.collect()
    await b.collect()
    for (v of [5, 7]) await a.collect()
    expect(await pointsOf(b)).toEqual([[{}, 7]])
  })

  it('quirk 13: a cumulative value is the observed one, not a chain of differences', async () => {
    const reader = cumulative()
    let v = 1e17
    const meter = open([reader])
    meter.createObservableUpDownCounter('x').addCallback((result) => result.observe(v))
    await reader.collect()
    v = Number.POSITIVE_INFINITY
    expect(await pointsOf(reader)).toEqual([])
    v = 5
    expect(await pointsOf(reader)).toEqual([[{}, 5]])
  })

  it('quirk 14: a histogram of observed values is refused: the view counts as not there', async () => {
    for (const aggregation of [explicit, exponential]) {
      const reader = delta()
      let v = 1
      open([reader], [{ instrumentName: 'x', name: 'renamed', aggregation }])
        .createObservableGauge('x')
        .addCallback((result) => result.observe(v))
      await reader.collect()
      v = 9
      expect(await pointsOf(reader)).toEqual([[{}, 9]])
    }
  })

  it('quirk 15: a callback that removes itself lets the next one run', async () => {
    const reader = cumulative()
    const gauge = open([reader]).createObservableGauge('x')
    const once = (result: ObservableResult) => {
      result.observe(1, { of: 'once' })
      gauge.removeCallback(once)
    }
    gauge.addCallback(once)
    gauge.addCallback((result) => result.observe(2, { of: 'always' }))
    expect(await sizeOf(reader)).toBe(2)
    expect(await sizeOf(reader)).toBe(1)
  })

  it('quirk 16: collect survives a rejection with undefined, and a callback that never ends', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const gauge = meter.createObservableGauge('x')
    gauge.addCallback(() => Promise.reject())
    gauge.addCallback(() => new Promise(() => {}))
    meter.createCounter('c').add(1)
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 5 })
    expect(errors.map(String)).toEqual([
      'Error: an observable callback failed',
      'TimeoutError: an observable callback took longer than 5 ms',
    ])
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toHaveLength(1)
  })
})

describe('identity', () => {
  it('quirk 17: the attributes object is not kept', async () => {
    const reader = cumulative()
    const counter = open([reader]).createCounter('x')
    const attributes: Attributes = { k: 1, list: ['a'] }
    counter.add(1, attributes)
    attributes['k'] = 2
    counter.add(1, attributes)
    expect(await pointsOf(reader)).toEqual([
      [{ k: 1, list: ['a'] }, 1],
      [{ k: 2, list: ['a'] }, 1],
    ])
  })

  it('quirk 18: null, NaN and no value are three things, and undefined is no value', async () => {
    const reader = cumulative()
    const counter = open([reader]).createCounter('x')
    for (const k of [null, Number.NaN, undefined, Number.NaN]) counter.add(1, { k })
    counter.add(1, {})
    counter.add(1)
    expect(await pointsOf(reader)).toEqual([
      [{ k: null }, 1],
      [{ k: Number.NaN }, 2],
      [{}, 3],
    ])
  })

  it('quirk 19: names that differ in case are one instrument, named as first seen', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('Hits').add(1)
    meter.createCounter('hits').add(2)
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual(['Hits'])
    expect(await pointsOf(reader, 'Hits')).toEqual([[{}, 3]])
  })

  it('quirk 20: scopes are told apart by their parts, and null options are none', () => {
    const provider = new MeterProvider()
    expect(provider.getMeter('a:b', 'c')).not.toBe(provider.getMeter('a', 'b:c'))
    expect(provider.getMeter('a', '1', null as never)).toBe(provider.getMeter('a', '1'))
  })
})

describe('exceptions', () => {
  it('quirk 21: add and record never throw, and what can be counted is', async () => {
    const reader = cumulative()
    const broken = {
      process: () => {
        throw new Error('broken')
      },
    }
    const meter = open([reader], [{ instrumentName: 'y', attributesProcessors: [broken] }])
    const circular: Attributes = {}
    circular['self'] = circular
    const hostile: unknown[] = [
      null,
      { id: 10n },
      circular,
      {
        get a() {
          throw new Error('getter')
        },
      },
      {
        a: {
          toJSON() {
            throw new Error('toJSON')
          },
        },
      },
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('proxy')
          },
        },
      ),
      Object.create(null),
    ]
    for (const attributes of hostile) {
      meter.createCounter('x').add(1, attributes as Attributes)
      meter.createCounter('x').bind(attributes as Attributes)
    }
    meter.createCounter('y').add(1, { secret: 'a' })
    for (const value of [Symbol('x'), Object.create(null), 1n, '1'])
      meter.createCounter('x').add(value as number)
    expect((await pointsOf(reader)).reduce((sum, [, value]) => sum + (value as number), 0)).toBe(
      hostile.length,
    )
    expect(await pointsOf(reader, 'y')).toEqual([[{}, 1]])
  })
})

describe('numbers and time', () => {
  it('quirk 22: NaN and infinite values are left out of sums and histograms alike', async () => {
    const reader = cumulative()
    const meter = open([reader], [{ instrumentName: 'e', aggregation: exponential }])
    const instruments = [meter.createHistogram('x'), meter.createHistogram('e')]
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      meter.createCounter('c').add(value)
      for (const instrument of instruments) instrument.record(value)
    }
    expect(await reader.metrics()).toEqual([])
    meter.createCounter('c').add(1)
    expect(await pointsOf(reader, 'c')).toEqual([[{}, 1]])
  })

  it('quirk 23: an interval of zeros leaves an exponential histogram its resolution', async () => {
    const reader = cumulative()
    const histogram = open([reader], [{ instrumentName: 'x', aggregation: exponential }]).createHistogram('x')
    histogram.record(0)
    await reader.collect()
    histogram.record(1.5)
    expect((await pointsOf(reader))[0]?.[1]).toMatchObject({ scale: 20, zeroCount: 1, count: 2 })
  })

  it('quirk 24: delta intervals of every reader meet, whatever another reader does', async () => {
    const [a, b] = [delta(), delta()]
    let now = 0
    const counter = open([a, b], [{ instrumentName: '*' }], () => now).createCounter('x')
    const interval = async (reader: CollectingReader) => {
      const [point] = await reader.points('x')
      return [point?.startTime[0], point?.endTime[0]]
    }
    const step = () => {
      now += 1_000
      counter.add(1, { now })
    }
    step()
    expect(await interval(a)).toEqual([0, 1])
    step()
    expect(await interval(b)).toEqual([0, 2])
    step()
    expect(await interval(a)).toEqual([1, 3])
    step()
    expect(await interval(b)).toEqual([2, 4])
  })

  it('quirk 25: a gauge keeps the value that was recorded last, even if the clock steps back', async () => {
    const reader = cumulative()
    let now = 10_000
    const gauge = open([reader], [], () => now).createGauge('x')
    gauge.record(1)
    await reader.collect()
    now -= 5_000
    gauge.record(2)
    expect(await pointsOf(reader)).toEqual([[{}, 2]])
  })
})

it('reports what it refuses through the diagnostics of the API, once for each instrument and reason', () => {
  const lines: string[] = []
  const note = (message: string) => lines.push(message)
  diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.WARN)
  const counter = open([cumulative()]).createCounter('x')
  for (let i = 0; i < 3; i += 1) counter.add(-1)
  diag.disable()
  expect(lines.filter((line) => line.includes('metric x'))).toEqual([
    'metric x: a negative value is not recorded (reported once)',
  ])
})

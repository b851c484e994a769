import { type Attributes, DiagLogLevel, diag } from '@opentelemetry/api'
import { createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import type { CollectingReader } from '../testing/collecting-reader.ts'
import { cumulative, delta, exponential, open, pointsOf } from '../testing/open-meter.ts'
import { MeterProvider } from './meter-provider.ts'

// Each number is a deviation of sdk-metrics 3.1.1 from the specification; the tests show the behaviour of this package.
// README.md lists all deviations.

describe('identity', () => {
  it('deviation 17: copies the attributes', async () => {
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

  it('deviation 18: distinguishes null, NaN and absent attributes; undefined counts as absent', async () => {
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

  it('deviation 19: treats names that differ in case as one instrument, with the first name', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('Hits').add(1)
    meter.createCounter('hits').add(2)
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual(['Hits'])
    expect(await pointsOf(reader, 'Hits')).toEqual([[{}, 3]])
  })

  it('deviation 20: distinguishes scopes by name and version, and accepts null options', () => {
    const provider = new MeterProvider()
    expect(provider.getMeter('a:b', 'c')).not.toBe(provider.getMeter('a', 'b:c'))
    expect(provider.getMeter('a', '1', null as never)).toBe(provider.getMeter('a', '1'))
  })
})

describe('exceptions', () => {
  it('deviation 21: records without throwing, with the attributes that can be read', async () => {
    const reader = cumulative()
    const broken = {
      process: () => {
        throw new Error('broken')
      },
    }
    const filter = { instrumentName: 'z', attributesProcessors: [createDenyListAttributesProcessor(['c'])] }
    const meter = open([reader], [{ instrumentName: 'y', attributesProcessors: [broken] }, filter])
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
    const throwing = {
      get a() {
        throw new Error('getter')
      },
      b: 1,
      c: 1,
    }
    meter.createCounter('z').add(1, throwing)
    for (const value of [Symbol('x'), Object.create(null), 1n, '1'])
      meter.createCounter('x').add(value as number)
    expect((await pointsOf(reader)).reduce((sum, [, value]) => sum + (value as number), 0)).toBe(
      hostile.length,
    )
    expect(await pointsOf(reader, 'y')).toEqual([[{}, 1]])
    expect(await pointsOf(reader, 'z')).toEqual([[{ b: 1 }, 1]])
  })
})

describe('numbers and time', () => {
  it('deviation 22: drops NaN and infinite values of counters and histograms', async () => {
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

  it('deviation 23: keeps the scale of an exponential histogram after an interval of zeros', async () => {
    const reader = cumulative()
    const histogram = open([reader], [{ instrumentName: 'x', aggregation: exponential }]).createHistogram('x')
    histogram.record(0)
    await reader.collect()
    histogram.record(1.5)
    expect((await pointsOf(reader))[0]?.[1]).toMatchObject({ scale: 20, zeroCount: 1, count: 2 })
  })

  it('deviation 24: starts each delta interval of a reader at its previous end, with several readers', async () => {
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

  it('deviation 25: keeps the last recorded value of a gauge if the clock steps back', async () => {
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

it('logs dropped values once per instrument and reason', () => {
  const lines: string[] = []
  const note = (message: string) => lines.push(message)
  diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.WARN)
  const counter = open([cumulative()]).createCounter('x')
  for (let i = 0; i < 3; i += 1) counter.add(-1)
  diag.disable()
  expect(lines.filter((line) => line.includes('metric x'))).toEqual([
    'metric x: negative value dropped (reported once)',
  ])
})

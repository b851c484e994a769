import type { Attributes } from '@opentelemetry/api'
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { cumulative, delta, dropping, open, pointsOf, sizeOf, withLimit } from '../testing/open-meter.ts'
import type { ViewOptions } from '../views/view-options.ts'

// Each number is a deviation of sdk-metrics 3.1.1 from the specification; the tests show the behaviour of this package.
// README.md lists all deviations.

describe('cardinality', () => {
  it('deviation 1: limits to n series and the overflow series, over all collections', async () => {
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

  it('deviation 2: sums the overflow of an observed counter, and applies the limit anew at each collection', async () => {
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

  it('deviation 3: keeps no series of a dropped stream, and a bounded number for an idle delta reader', async () => {
    const reader = dropping()
    const idle = delta()
    const counter = open([reader, idle], [{ instrumentName: '*' }]).createCounter('x')
    for (let i = 0; i < 5_000; i += 1) counter.add(1, { i })
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([])
    expect(await sizeOf(idle)).toBe(2_001)
  })
})

describe('views', () => {
  it('deviation 4: counts a measurement once if two views create the same stream', async () => {
    const reader = cumulative()
    open([reader], [{ instrumentName: '*' }, { instrumentName: 'x' }])
      .createCounter('x')
      .add(1)
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it('deviation 5: takes aggregation and limit from the reader if the view sets none', async () => {
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

  it('deviation 6: treats every * and ? in a pattern as a wildcard', async () => {
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

  it('deviation 7: does not match meterSchemaUrl with a meter without schema URL', async () => {
    const reader = cumulative()
    open([reader], [{ meterSchemaUrl: 'https://a/1', aggregation: { type: AggregationType.DROP } }])
      .createCounter('x')
      .add(1)
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it("deviation 8: exports one metric if a view renames an instrument to another instrument's name", async () => {
    const reader = cumulative()
    const meter = open([reader], [{ instrumentName: 'a', name: 'x' }])
    meter.createCounter('a').add(1)
    meter.createCounter('x').add(10)
    expect(await reader.metrics()).toHaveLength(1)
    expect(await pointsOf(reader)).toEqual([[{}, 11]])
  })

  it('deviation 9: passes a __proto__ key through allow lists, deny lists and bounds', async () => {
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

import { ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { collectGarbage } from '../testing/collect-garbage.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { cumulative, delta, open, pointsOf, withLimit } from '../testing/open-meter.ts'

// Specification metrics/sdk.md "Instrument bind".

const OVERFLOW = { 'otel.metric.overflow': true }

function openWithLimit(cardinalityLimit: number) {
  const [ofDelta, ofCumulative] = [readerOf(0), readerOf(1)]
  const provider = new MeterProvider({ readers: [ofDelta, ofCumulative], cardinalityLimit })
  return { ofDelta, ofCumulative, counter: provider.getMeter('m').createCounter('x') }
}

describe('a bound handle', () => {
  it('has its series in every interval of a delta reader, however many others came before it', async () => {
    const { ofDelta, ofCumulative, counter } = openWithLimit(3)
    const bound = counter.bind({ k: 'bound' })
    const seen: unknown[] = []
    for (let interval = 0; interval < 3; interval += 1) {
      for (let junk = 0; junk < 5; junk += 1) counter.add(1, { junk: `${interval}:${junk}` })
      bound.add(10)
      seen.push((await pointsOf(ofDelta)).map(([attributes, value]) => [JSON.stringify(attributes), value]))
    }
    for (const points of seen) expect(points).toContainEqual(['{"k":"bound"}', 10])
    for (const points of seen) expect(points).toContainEqual([JSON.stringify(OVERFLOW), 3])
    expect(await pointsOf(ofCumulative)).toContainEqual([{ k: 'bound' }, 30])
  })

  it('that found no room when it was bound records in the overflow series for ever', async () => {
    const { ofDelta, ofCumulative, counter } = openWithLimit(1)
    counter.add(1, { k: 'first' })
    const bound = counter.bind({ k: 'late' })
    bound.add(10)
    expect(await pointsOf(ofDelta)).toEqual([
      [{ k: 'first' }, 1],
      [OVERFLOW, 10],
    ])
    bound.add(10)
    expect(await pointsOf(ofDelta)).toEqual([[OVERFLOW, 10]])
    // A later call is evaluated by itself: this interval has room.
    const again = counter.bind({ k: 'late' })
    bound.add(100)
    again.add(1000)
    expect(await pointsOf(ofDelta)).toEqual([
      [OVERFLOW, 100],
      [{ k: 'late' }, 1000],
    ])
    expect(await pointsOf(ofCumulative)).toEqual([
      [{ k: 'first' }, 1],
      [OVERFLOW, 1120],
    ])
  })

  it('keeps its place before its first measurement, and makes no point before it', async () => {
    const { ofDelta, counter } = openWithLimit(2)
    const idle = counter.bind({ k: 'idle' })
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    expect(await pointsOf(ofDelta)).toEqual([
      [{ k: 'a' }, 1],
      [OVERFLOW, 1],
    ])
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    counter.add(5, { k: 'idle' })
    idle.add(5)
    expect(await pointsOf(ofDelta)).toEqual([
      [{ k: 'a' }, 1],
      [OVERFLOW, 1],
      [{ k: 'idle' }, 10],
    ])
  })

  it('shares one place with other handles of the same attributes, in any order of keys', async () => {
    const { ofDelta, counter } = openWithLimit(2)
    const handles = [counter.bind({ a: 1, b: 2 }), counter.bind({ b: 2, a: 1 }), counter.bind({ a: 1, b: 2 })]
    for (const handle of handles) handle.add(1)
    counter.add(1, { c: 3 })
    expect(await pointsOf(ofDelta)).toEqual([
      [{ a: 1, b: 2 }, 3],
      [{ c: 3 }, 1],
    ])
  })

  it('gives its place back once nobody holds it', async () => {
    const limited = withLimit(1)
    const provider = new MeterProvider({ readers: [limited, readerOf(0)], cardinalityLimit: 1 })
    const counter = provider.getMeter('m').createCounter('x')
    ;(() => counter.bind({ k: 'forgotten' }))()
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    await limited.collect()
    counter.add(1, { k: 'new' })
    expect(await pointsOf(limited)).toEqual([[{ k: 'new' }, 1]])
  })

  it('has its attributes processed when it is bound, once', async () => {
    const [reader, other] = [cumulative(), delta()]
    const asked: unknown[] = []
    const process = (attributes: object, context?: unknown) => {
      asked.push(context)
      return { ...attributes, number: asked.length }
    }
    const meter = open([reader, other], [{ instrumentName: 'x', attributesProcessors: [{ process }] }])
    const bound = meter.createCounter('x').bind({ k: 1 })
    for (let i = 0; i < 3; i += 1) bound.add(1, ROOT_CONTEXT)
    expect(await pointsOf(reader)).toEqual([[{ k: 1, number: 1 }, 3]])
    expect(asked).toEqual([ROOT_CONTEXT])
  })

  it('has one series for ever and no measurement is lost, whatever else is recorded, bound and collected', async () => {
    const key = fc.integer({ min: 0, max: 5 })
    const step = fc.oneof(
      fc.record({ bind: key }),
      fc.record({ use: fc.nat(20) }),
      fc.record({ add: key }),
      fc.constant('collect' as const),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 40, size: 'max' }),
        async (limit, steps) => {
          const { ofDelta, ofCumulative, counter } = openWithLimit(limit)
          const handles: { key: number; bound: { add(value: number): void }; weight: number }[] = []
          const seriesOf = new Map<number, string>()
          let [added, reported, used] = [0, 0, new Set<number>()]
          const collect = async () => {
            const points = await pointsOf(ofDelta)
            expect(points.length).toBeLessThanOrEqual(limit + 1)
            for (const [attributes, value] of points) {
              reported += value as number
              // Each handle adds a power of two of its own: the value names the handles that are in the series.
              for (const { weight } of handles) {
                if (Math.floor((value as number) / weight) % 2 === 0) continue
                const series = JSON.stringify(attributes)
                expect(seriesOf.get(weight) ?? series).toBe(series)
                seriesOf.set(weight, series)
              }
            }
            used = new Set()
          }
          for (const one of [...steps, 'collect' as const]) {
            if (one === 'collect') await collect()
            else if ('bind' in one && handles.length < 20)
              handles.push({
                key: one.bind,
                bound: counter.bind({ k: one.bind }),
                weight: 2 ** (handles.length + 10),
              })
            else if ('use' in one && handles.length > 0 && !used.has(one.use % handles.length)) {
              const { bound, weight } = handles[one.use % handles.length] as (typeof handles)[number]
              used.add(one.use % handles.length)
              bound.add(weight)
              added += weight
            } else if ('add' in one) {
              counter.add(1, { k: one.add })
              added += 1
            }
          }
          expect(reported).toBe(added)
          const total = (await pointsOf(ofCumulative)).reduce((sum, [, value]) => sum + (value as number), 0)
          expect(total).toBe(added)
        },
      ),
      { numRuns: 300 },
    )
  })
})

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
  const [deltaReader, cumulativeReader] = [readerOf('delta'), readerOf('cumulative')]
  const provider = new MeterProvider({ readers: [deltaReader, cumulativeReader], cardinalityLimit })
  return { deltaReader, cumulativeReader, counter: provider.getMeter('m').createCounter('x') }
}

describe('a bound handle', () => {
  it('has its series in every interval of a delta reader, even if others reach the limit first', async () => {
    const { deltaReader, cumulativeReader, counter } = openWithLimit(3)
    const bound = counter.bind({ k: 'bound' })
    const collections: unknown[][] = []
    for (let interval = 0; interval < 3; interval += 1) {
      for (let other = 0; other < 5; other += 1) counter.add(1, { other: `${interval}:${other}` })
      bound.add(10)
      collections.push(
        (await pointsOf(deltaReader)).map(([attributes, value]) => [JSON.stringify(attributes), value]),
      )
    }
    for (const points of collections) expect(points).toContainEqual(['{"k":"bound"}', 10])
    for (const points of collections) expect(points).toContainEqual([JSON.stringify(OVERFLOW), 3])
    expect(await pointsOf(cumulativeReader)).toContainEqual([{ k: 'bound' }, 30])
  })

  it('that is bound at the limit records in the overflow series in all intervals', async () => {
    const { deltaReader, cumulativeReader, counter } = openWithLimit(1)
    counter.add(1, { k: 'first' })
    const bound = counter.bind({ k: 'late' })
    bound.add(10)
    expect(await pointsOf(deltaReader)).toEqual([
      [{ k: 'first' }, 1],
      [OVERFLOW, 10],
    ])
    bound.add(10)
    expect(await pointsOf(deltaReader)).toEqual([[OVERFLOW, 10]])
    // A second bind is evaluated separately: the current interval has capacity.
    const again = counter.bind({ k: 'late' })
    bound.add(100)
    again.add(1000)
    expect(await pointsOf(deltaReader)).toEqual([
      [OVERFLOW, 100],
      [{ k: 'late' }, 1000],
    ])
    expect(await pointsOf(cumulativeReader)).toEqual([
      [{ k: 'first' }, 1],
      [OVERFLOW, 1120],
    ])
  })

  it('reserves its series before the first measurement, without exporting a data point', async () => {
    const { deltaReader, counter } = openWithLimit(2)
    const idle = counter.bind({ k: 'idle' })
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    expect(await pointsOf(deltaReader)).toEqual([
      [{ k: 'a' }, 1],
      [OVERFLOW, 1],
    ])
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    counter.add(5, { k: 'idle' })
    idle.add(5)
    expect(await pointsOf(deltaReader)).toEqual([
      [{ k: 'a' }, 1],
      [OVERFLOW, 1],
      [{ k: 'idle' }, 10],
    ])
  })

  it('shares its series with other handles of the same attributes, in any order of keys', async () => {
    const { deltaReader, counter } = openWithLimit(2)
    const handles = [counter.bind({ a: 1, b: 2 }), counter.bind({ b: 2, a: 1 }), counter.bind({ a: 1, b: 2 })]
    for (const handle of handles) handle.add(1)
    counter.add(1, { c: 3 })
    expect(await pointsOf(deltaReader)).toEqual([
      [{ a: 1, b: 2 }, 3],
      [{ c: 3 }, 1],
    ])
  })

  it('releases its reservation when it is garbage collected', async () => {
    const limited = withLimit(1)
    const provider = new MeterProvider({ readers: [limited, readerOf('delta')], cardinalityLimit: 1 })
    const counter = provider.getMeter('m').createCounter('x')
    ;(() => counter.bind({ k: 'dropped' }))()
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    await limited.collect()
    counter.add(1, { k: 'new' })
    expect(await pointsOf(limited)).toEqual([[{ k: 'new' }, 1]])
  })

  it('processes its attributes once, when it is bound', async () => {
    const [reader, other] = [cumulative(), delta()]
    const contexts: unknown[] = []
    const process = (attributes: object, context?: unknown) => {
      contexts.push(context)
      return { ...attributes, number: contexts.length }
    }
    const meter = open([reader, other], [{ instrumentName: 'x', attributesProcessors: [{ process }] }])
    const bound = meter.createCounter('x').bind({ k: 1 })
    for (let i = 0; i < 3; i += 1) bound.add(1, ROOT_CONTEXT)
    expect(await pointsOf(reader)).toEqual([[{ k: 1, number: 1 }, 3]])
    expect(contexts).toEqual([ROOT_CONTEXT])
  })

  it('always records in the same series and loses no measurement, for any sequence of operations', async () => {
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
          const { deltaReader, cumulativeReader, counter } = openWithLimit(limit)
          const handles: { key: number; bound: { add(value: number): void }; weight: number }[] = []
          const seriesOf = new Map<number, string>()
          let [added, reported, used] = [0, 0, new Set<number>()]
          const collect = async () => {
            const points = await pointsOf(deltaReader)
            expect(points.length).toBeLessThanOrEqual(limit + 1)
            for (const [attributes, value] of points) {
              reported += value as number
              // Each handle adds a different power of two, so the value shows which handles recorded in the series.
              for (const { weight } of handles) {
                if (Math.floor((value as number) / weight) % 2 === 0) continue
                const series = JSON.stringify(attributes)
                expect(seriesOf.get(weight) ?? series).toBe(series)
                seriesOf.set(weight, series)
              }
            }
            used = new Set()
          }
          for (const current of [...steps, 'collect' as const]) {
            if (current === 'collect') await collect()
            else if ('bind' in current && handles.length < 20)
              handles.push({
                key: current.bind,
                bound: counter.bind({ k: current.bind }),
                weight: 2 ** (handles.length + 10),
              })
            else if ('use' in current && handles.length > 0 && !used.has(current.use % handles.length)) {
              const { bound, weight } = handles[current.use % handles.length] as (typeof handles)[number]
              used.add(current.use % handles.length)
              bound.add(weight)
              added += weight
            } else if ('add' in current) {
              counter.add(1, { k: current.add })
              added += 1
            }
          }
          expect(reported).toBe(added)
          const total = (await pointsOf(cumulativeReader)).reduce(
            (sum, [, value]) => sum + (value as number),
            0,
          )
          expect(total).toBe(added)
        },
      ),
      { numRuns: 300 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Family } from '../family.ts'
import { DeltaConverter } from './to-deltas.ts'
import { FamilyConverter } from './to-metrics.ts'

const METADATA = { unit: '', help: '' }

/** One engine, read at one second after the other by one delta reader. */
class Pushes {
  readonly #families = new FamilyConverter()
  readonly #deltas = new DeltaConverter()
  #now = 0

  /** Returns value, start and end in seconds of the data points of a push. */
  take(families: readonly Family[]): unknown[] {
    this.#now += 1000
    const metrics = this.#families.convert(families, this.#now)
    return this.#deltas
      .convert(metrics, ({ dataPointType }) => dataPointType !== 2, [this.#now / 1000, 0])
      .flatMap(({ dataPoints }) =>
        dataPoints.map(({ value, startTime, endTime }) => [value, startTime[0], endTime[0]]),
      )
  }
}

const counter = (value: number, labels: Record<string, string> = {}, created?: number): Family => {
  const point = { labels: { upstream: 'a', ...labels }, value, ...(created === undefined ? {} : { created }) }
  return { name: 'c', type: 'counter', ...METADATA, points: [point] }
}

const histogram = (first: number, all: number, sum: number): Family => {
  const buckets = [
    { bound: 1, count: first },
    { bound: Number.POSITIVE_INFINITY, count: all },
  ]
  return { name: 'h', type: 'histogram', ...METADATA, points: [{ labels: {}, buckets, count: all, sum }] }
}

describe('delta pushes of an engine', () => {
  it('have differences, without what was counted before the first one', () => {
    const pushes = new Pushes()
    expect(pushes.take([counter(100)])).toEqual([])
    expect(pushes.take([counter(103)])).toEqual([[3, 1, 2]])
    expect(pushes.take([counter(103)])).toEqual([[0, 2, 3]])
  })

  it('have no value of an engine that a scrape has found since the last push', () => {
    const [families, deltas] = [new FamilyConverter(), new DeltaConverter()]
    const push = (now: number, ...found: Family[]): number =>
      deltas
        .convert(families.convert(found, now * 1000), () => true, [now, 0])
        .flatMap(({ dataPoints }) => [...dataPoints]).length
    push(1)
    families.convert([counter(100)], 2000)
    expect(push(3, counter(101))).toBe(0)
    expect(push(4, counter(102))).toBe(1)
  })

  it('have the whole value after a reset', () => {
    const pushes = new Pushes()
    pushes.take([counter(100)])
    expect(pushes.take([counter(2)])).toEqual([[2, 1, 2]])
    expect(pushes.take([counter(5)])).toEqual([[3, 2, 3]])
  })

  it('have the whole value after a restart that only _created shows', () => {
    const pushes = new Pushes()
    pushes.take([counter(1, {}, 0)])
    expect(pushes.take([counter(50, {}, 1)])).toEqual([[50, 1, 2]])
  })

  it('have the whole value of a series that is new in the engine', () => {
    const pushes = new Pushes()
    pushes.take([counter(1)])
    expect(pushes.take([counter(1), counter(7, { model: 'new' })])).toEqual([
      [0, 1, 2],
      [7, 1, 2],
    ])
  })

  it('continue after an engine did not answer', () => {
    const pushes = new Pushes()
    pushes.take([counter(1)])
    expect(pushes.take([])).toEqual([])
    expect(pushes.take([counter(4)])).toEqual([[3, 1, 3]])
  })

  it('have the buckets of histograms', () => {
    const pushes = new Pushes()
    pushes.take([histogram(1, 2, 5)])
    const value = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 4 }
    expect(pushes.take([histogram(2, 5, 9)])).toEqual([[value, 1, 2]])
    const reset = { buckets: { boundaries: [1], counts: [0, 1] }, count: 1, sum: 2 }
    expect(pushes.take([histogram(0, 1, 2)])).toEqual([[reset, 2, 3]])
  })

  it('add up to the increase of the values that were read, through resets and outages', () => {
    const reading = fc.option(fc.nat(20), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(20), fc.array(reading), (first, readings) => {
        const pushes = new Pushes()
        pushes.take([counter(first)])
        const pushed = readings.flatMap((value) =>
          pushes.take(value === undefined ? [] : [counter(value)]).map((point) => (point as [number])[0]),
        )
        const read = [first, ...readings.filter((value) => value !== undefined)]
        const increases = read.slice(1).map((value, at) => {
          const before = read[at] as number
          return value >= before ? value - before : value
        })
        expect(pushed).toEqual(increases)
      }),
    )
  })
})

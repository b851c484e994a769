import type { Histogram } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterOf, histogramOf, PushBuilder, SERIES_START } from '../testing/push-builder.ts'
import { valuesOf } from '../testing/values-of.ts'
import { MergedMetrics } from './merged-metrics.ts'

const seconds = counterOf('seconds')
const latency = histogramOf('latency', [1, 10])

/** Measurements whose sums depend on their order, and ends of sources. */
const schedules = fc.array(
  fc.record({
    source: fc.nat(3),
    amount: fc.integer({ min: 1, max: 2_000 }).map((n) => n / 10),
    isEnd: fc.boolean(),
  }),
  { maxLength: 60 },
)

interface Worker {
  readonly key: string
  readonly builder: PushBuilder
  total: number
  readonly counts: [number, number, number]
}

/** Numbers of the merged counter and histogram that never fall. */
async function numbersOf(store: MergedMetrics): Promise<number[]> {
  const values = await valuesOf(store)
  const histogram = values['latency {}'] as Histogram | undefined
  const { sum = 0, count = 0, buckets } = histogram ?? {}
  return [Number(values['seconds {}'] ?? 0), sum, count, ...(buckets?.counts ?? [0, 0, 0])]
}

describe('merged counters and histograms', () => {
  it('I1, I7: never fall, not even by a rounding error, when sources end and others start', async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const store = new MergedMetrics()
        const workers: Worker[] = []
        let started = 0
        let previous = await numbersOf(store)
        for (const { source, amount, isEnd } of steps) {
          if (isEnd && workers[source] !== undefined) {
            store.end(workers[source].key)
            store.fold(workers[source].key)
            delete workers[source]
          } else {
            started += 1
            workers[source] ??= newWorker(store, String(started))
            push(store, workers[source], amount)
          }
          const numbers = await numbersOf(store)
          for (const [i, number] of numbers.entries()) expect(number).toBeGreaterThanOrEqual(previous[i] ?? 0)
          expect(numbers[2]).toBe((numbers[3] ?? 0) + (numbers[4] ?? 0) + (numbers[5] ?? 0))
          previous = numbers
        }
      }),
    )
  })

  it('I1: do not fall in a replica that gets the state of another aggregator', async () => {
    const replica = new MergedMetrics()
    replica.open('first', '')
    replica.apply('first', new PushBuilder().push({ metric: seconds, value: 10 }))
    expect(await valuesOf(replica)).toEqual({ 'seconds {}': 10 })
    replica.discard('first')
    replica.open('second', '')
    const second = new PushBuilder()
    replica.apply('second', second.push({ metric: seconds, value: 7 }))
    expect(await valuesOf(replica)).toEqual({ 'seconds {}': 10 })
    replica.apply('second', second.push({ metric: seconds, value: 11 }))
    expect(await valuesOf(replica)).toEqual({ 'seconds {}': 11 })
  })

  it('I6: refuse a source that was folded, and ignore its late pushes', async () => {
    const store = new MergedMetrics()
    const builder = new PushBuilder()
    store.open('a', '0')
    store.apply('a', builder.push({ metric: seconds, value: 2 }))
    store.fold('a')
    store.apply('a', builder.push({ metric: seconds, value: 3 }))
    expect(store.open('a', '0')).toBe(false)
    store.apply('a', builder.push({ metric: seconds, value: 3 }))
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 2 })
  })

  it('I6: ignore a push that is older than the newest one', async () => {
    const store = new MergedMetrics()
    const builder = new PushBuilder()
    store.open('a', '0')
    const pushes = [1, 2, 3].map((value) => builder.push({ metric: seconds, value }))
    for (const i of [0, 2, 1]) store.apply('a', pushes[i] as (typeof pushes)[number])
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 3 })
  })

  it('keep the value before a reset of an observable counter, which has a newer start', async () => {
    const store = new MergedMetrics()
    const builder = new PushBuilder()
    store.open('a', '0')
    const { series, ...push } = builder.push({ metric: seconds, value: 5 })
    store.apply('a', { ...push, ...(series && { series }) })
    const restarted = {
      type: 'push',
      sequence: 2,
      series: [[0, 0, {}, SERIES_START + 1]],
      numbers: [0, 2],
    } as const
    store.apply('a', restarted)
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 7 })
    store.apply('a', { type: 'push', sequence: 3, numbers: [0, 4] })
    store.fold('a')
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 9 })
  })

  it('continue with the value of a counter that is observed again', async () => {
    const store = new MergedMetrics()
    store.open('a', '0')
    const builder = new PushBuilder()
    store.apply('a', builder.push({ metric: seconds, value: 5 }))
    store.apply('a', builder.remove(seconds))
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 5 })
    store.apply('a', builder.push({ metric: seconds, value: 6, startMs: SERIES_START + 1 }))
    expect(await valuesOf(store)).toEqual({ 'seconds {}': 6 })
  })
})

function newWorker(store: MergedMetrics, key: string): Worker {
  store.open(key, '0')
  return { key, builder: new PushBuilder(), total: 0, counts: [0, 0, 0] }
}

function push(store: MergedMetrics, worker: Worker, amount: number): void {
  worker.total += amount
  const bucket = amount <= 1 ? 0 : amount <= 10 ? 1 : 2
  worker.counts[bucket] += 1
  const value = { sum: worker.total, min: 0, max: 1e9, counts: [...worker.counts] }
  store.apply(
    worker.key,
    worker.builder.push({ metric: seconds, value: worker.total }, { metric: latency, value }),
  )
}

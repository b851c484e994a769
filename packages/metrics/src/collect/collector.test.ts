import type { HrTime } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { readerOf } from '../testing/collecting-reader.ts'

// This package keeps Node's original timers. These wrappers let fake timers replace them.
vi.mock('../real-timers.ts', async (original) => ({
  ...(await original<typeof import('../real-timers.ts')>()),
  setTimeout: (...args: Parameters<typeof setTimeout>) => setTimeout(...args),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
}))

/** More series than are built per turn of the event loop, so that a collection spans several turns. */
const SERIES = 9_000

const total = (points: readonly { value: unknown }[]) =>
  points.reduce((sum, { value }) => sum + (value as number), 0)

function open() {
  const [delta, cumulative] = [readerOf('delta'), readerOf('cumulative')]
  const provider = new MeterProvider({ readers: [delta, cumulative], cardinalityLimit: SERIES })
  return { delta, cumulative, counter: provider.getMeter('m').createCounter('c') }
}

describe('a collection', () => {
  it('is a snapshot: records made while data points are built belong to the next collection', async () => {
    const { delta, cumulative, counter } = open()
    for (let k = 0; k < SERIES; k += 1) counter.add(1, { k })
    let isDone = false
    let later = 0
    const recording = (async () => {
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve))
        for (let k = 0; k < SERIES; k += 97) counter.add(1, { k })
        later += Math.ceil(SERIES / 97)
      }
    })()
    const [deltaPoints, cumulativePoints] = await Promise.all([delta.points('c'), cumulative.points('c')])
    isDone = true
    await recording
    expect(later).toBeGreaterThan(Math.ceil(SERIES / 97))
    expect(deltaPoints.map(({ value }) => value)).toEqual(new Array(SERIES).fill(1))
    expect(total(cumulativePoints)).toBe(SERIES)
    expect(total(await delta.points('c'))).toBe(later)
    expect(total(await cumulative.points('c'))).toBe(SERIES + later)
  })

  it('counts each record once, for any interleaving of records and two readers', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 9 }), k: fc.nat(5) }),
      fc.record({ collect: fc.constantFrom('delta' as const, 'cumulative' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 40 }), async (scheduler, steps) => {
        const { delta, cumulative, counter } = open()
        const bound = [0, 1, 2, 3, 4, 5].map((k) => counter.bind({ k }))
        const deltas: Promise<number>[] = []
        let added = 0
        const run = async (current: (typeof steps)[number]) => {
          if ('add' in current) {
            bound[current.k]?.add(current.add)
            added += current.add
          } else if (current.collect === 'delta') deltas.push(delta.points('c').then(total))
          else expect(total(await cumulative.points('c'))).toBeLessThanOrEqual(added)
        }
        const runs = steps.map((step) => scheduler.schedule(Promise.resolve()).then(() => run(step)))
        await scheduler.waitAll()
        await Promise.all(runs)
        deltas.push(delta.points('c').then(total))
        expect((await Promise.all(deltas)).reduce((sum, n) => sum + n, 0)).toBe(added)
        expect(total(await cumulative.points('c'))).toBe(added)
      }),
      { numRuns: 200 },
    )
  })

  it('returns data points that later records do not change', async () => {
    const reader = readerOf('cumulative')
    const meter = new MeterProvider({ readers: [reader], exemplarFilter: 'always_on' }).getMeter('m')
    const histogram = meter.createHistogram('h')
    histogram.record(1, { k: 'a' })
    const [first] = await reader.metrics()
    const before = structuredClone(first?.dataPoints)
    histogram.record(100, { k: 'a' })
    await reader.collect()
    expect(first?.dataPoints).toEqual(before)
  })

  it('times out a callback after five seconds if the reader sets no limit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const reader = readerOf('cumulative')
    const meter = new MeterProvider({ readers: [reader] }).getMeter('m')
    meter.createObservableGauge('g').addCallback(() => new Promise(() => {}))
    const collecting = reader.collect()
    await vi.advanceTimersByTimeAsync(4_999)
    let isDone = false
    const settled = collecting.then((result) => {
      isDone = true
      return result
    })
    await Promise.resolve()
    expect(isDone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await settled).errors.map(String)).toEqual([
      'TimeoutError: observable callback took longer than 5000 ms',
    ])
    vi.useRealTimers()
  })

  it('returns meters and metrics in the order of creation, without empty ones', async () => {
    const reader = readerOf('cumulative')
    const provider = new MeterProvider({ readers: [reader] })
    for (const name of ['z', 'empty', 'a']) {
      for (const metric of ['two', 'one']) {
        const counter = provider.getMeter(name).createCounter(metric)
        if (name !== 'empty') counter.add(1)
      }
    }
    const { scopeMetrics } = (await reader.collect()).resourceMetrics
    expect(
      scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.map((m) => m.descriptor.name)]),
    ).toEqual([
      ['z', ['two', 'one']],
      ['a', ['two', 'one']],
    ])
  })

  it('starts an observed series at the creation of its instrument or at the previous collection', async () => {
    const reader = readerOf('cumulative')
    let now = 1_000
    const meter = new MeterProvider({ readers: [reader], now: () => now }).getMeter('m')
    let values: [string, number][] = [['early', 5]]
    meter.createObservableCounter('c').addCallback((result) => {
      for (const [k, value] of values) result.observe(value, { k })
    })
    const starts = async (): Promise<[unknown, HrTime][]> => {
      now += 1_000
      return (await reader.points('c')).map(({ attributes, startTime }) => [attributes['k'], startTime])
    }
    expect(await starts()).toEqual([['early', [1, 0]]])
    values = [
      ['early', 6],
      ['late', 1],
    ]
    const second = [
      ['early', [1, 0]],
      ['late', [2, 0]],
    ]
    expect(await starts()).toEqual(second)
    expect(await starts()).toEqual(second)
    values = [['early', 2]]
    expect(await starts()).toEqual([['early', [4, 0]]])
  })
})

import type { Attributes, ObservableResult } from '@opentelemetry/api'
import { expect, it, vi } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { ChangeTracker } from './change-tracker.ts'

/** Opens a tracked observable gauge `g` whose callback observes what `observe` does. */
function open(observe: (result: ObservableResult) => void | Promise<void>) {
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({ readers: [] })
  provider.trackChanges(tracker)
  const meter = provider.getMeter('m')
  meter.createObservableGauge('g').addCallback(observe)
  return { tracker, meter }
}

/** Takes the changes, and returns the changed values and the removed attributes. */
function take(tracker: ChangeTracker): { changed: [Attributes | undefined, unknown][]; removed: unknown[] } {
  const changes = tracker.takeChanges()
  return {
    changed: changes.flatMap(({ series, slots }) =>
      Array.from(slots, (slot): [Attributes | undefined, unknown] => [
        series.attributes[slot],
        series.storage.point(slot),
      ]),
    ),
    removed: changes.flatMap(({ series, removed }) => removed.map((slot) => series.attributes[slot])),
  }
}

it('returns observed values that changed, and series that are no longer observed', async () => {
  const values = new Map([
    ['a', 1],
    ['b', Number.NaN],
  ])
  const { tracker } = open((result) => {
    for (const [k, value] of values) result.observe(value, { k })
  })
  await tracker.observe()
  expect(take(tracker)).toEqual({
    changed: [
      [{ k: 'a' }, 1],
      [{ k: 'b' }, Number.NaN],
    ],
    removed: [],
  })
  await tracker.observe()
  expect(tracker.hasChanges).toBe(false)
  values.set('a', 2)
  values.delete('b')
  await tracker.observe()
  expect(take(tracker)).toEqual({ changed: [[{ k: 'a' }, 2]], removed: [{ k: 'b' }] })
  values.set('b', Number.NaN)
  await tracker.observe()
  expect(take(tracker)).toEqual({ changed: [[{ k: 'b' }, Number.NaN]], removed: [] })
})

it('waits for asynchronous callbacks up to the time limit, and drops the observations of slow ones', async () => {
  const { tracker, meter } = open(async (result) => {
    await Promise.resolve()
    result.observe(1)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  meter.createObservableGauge('slow').addCallback(async (result) => {
    await promise
    result.observe(2)
  })
  await tracker.observe(5)
  expect(take(tracker).changed).toEqual([[{}, 1]])
  resolve()
  await tracker.observe()
  expect(take(tracker).changed).toEqual([[{}, 2]])
})

it('runs the callbacks once for concurrent calls', async () => {
  const callback = vi.fn<(result: ObservableResult) => Promise<void>>(async (result) => {
    await Promise.resolve()
    result.observe(1)
  })
  const { tracker } = open(callback)
  await Promise.all([tracker.observe(), tracker.observe()])
  expect(callback).toHaveBeenCalledTimes(1)
  await tracker.observe()
  expect(callback).toHaveBeenCalledTimes(2)
})

it('at exit, takes what callbacks observe synchronously, and removes no series', async () => {
  let value = 1
  const { tracker, meter } = open((result) => result.observe(value))
  meter.createObservableGauge('async').addCallback(async (result) => {
    result.observe(value, { part: 'before' })
    await Promise.resolve()
    result.observe(value, { part: 'after' })
  })
  meter.createObservableGauge('failing').addCallback(() => Promise.reject(new Error('callback')))
  await tracker.observe()
  take(tracker)
  value = 2
  tracker.observeSync()
  expect(take(tracker)).toEqual({
    changed: [
      [{}, 2],
      [{ part: 'before' }, 2],
    ],
    removed: [],
  })
  // The rejections and late observations of the callbacks have no effect.
  await tracker.observe()
  expect(take(tracker).changed).toEqual([[{ part: 'after' }, 2]])
})

it('marks a counter that was reset, with its new start', async () => {
  const clock = { now: 1_000 }
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({ readers: [], now: () => clock.now })
  provider.trackChanges(tracker)
  let value = 7
  const counter = provider.getMeter('m').createObservableCounter('c')
  counter.addCallback((result) => result.observe(value))
  const starts: unknown[] = []
  for (const next of [7, 9, 2]) {
    clock.now += 1_000
    value = next
    await tracker.observe()
    for (const { series, slots } of tracker.takeChanges())
      for (const slot of slots) starts.push([series.starts[slot]?.[0], series.storage.point(slot)])
  }
  expect(starts).toEqual([
    [1, 7],
    [1, 9],
    [3, 2],
  ])
})

it('keeps memory bounded when each collection observes new series', async () => {
  let round = 0
  const { tracker } = open((result) => result.observe(1, { pid: round }))
  const observed = new Set<string>()
  let largestSlot = 0
  for (round = 0; round < 2_000; round += 1) {
    await tracker.observe()
    const changes = tracker.takeChanges()
    for (const { series, removed } of changes)
      for (const slot of removed) observed.delete(JSON.stringify(series.attributes[slot]))
    for (const { series, slots } of changes) {
      for (const slot of slots) {
        observed.add(JSON.stringify(series.attributes[slot]))
        largestSlot = Math.max(largestSlot, slot)
      }
    }
    expect([...observed]).toEqual([JSON.stringify({ pid: round })])
  }
  expect(largestSlot).toBeLessThan(300)
})

import type { CollectedFamily } from '@vr/otel-exporters'
import { expect, it } from 'vitest'
import { ManualClock } from '../../../metrics/src/testing/manual-clock.ts'
import { SnapshotSource } from './snapshot-source.ts'
import { WindowedReads } from './windowed-reads.ts'

const MINUTE_MS = 60_000

/** A counter that increases by 5 per second, and a histogram with as many values, all between 1 and 2. */
function open() {
  const clock = new ManualClock()
  let collections = 0
  let isFailing = false
  const source = new SnapshotSource(async (): Promise<readonly CollectedFamily[]> => {
    collections += 1
    if (isFailing) throw new Error('not available')
    const value = (clock.now() / 1000) * 5
    const common = { labels: {}, startMs: undefined }
    const buckets = { '1.0': 0, '2.0': value, '+Inf': value }
    return [
      { type: 'counter', name: 'jobs', series: [{ ...common, value }] },
      { type: 'histogram', name: 'sizes', series: [{ ...common, count: value, sum: 0, buckets }] },
    ]
  }, clock)
  const reads = new WindowedReads(source, clock)
  return {
    clock,
    reads,
    collections: () => collections,
    fail: (fails: boolean) => {
      isFailing = fails
    },
    rate: (name = 'jobs', seconds = 10) => reads.rate({ name, seconds, labels: {} }),
    quantile: (q: number) => reads.quantile({ name: 'sizes', seconds: 10, labels: {} }, q),
  }
}

it('has no result until the samples cover the window, then the rate and the quantile', async () => {
  const { clock, rate, quantile } = open()
  expect([await rate(), await rate('jobs_total'), await quantile(0.5)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  await clock.advance(9000)
  expect(await rate()).toBeUndefined()
  await clock.advance(1500)
  expect([await rate(), await rate('jobs_total'), await rate('sizes')]).toEqual([5, 5, 5])
  expect(await quantile(0.5)).toBe(1.5)
})

it('takes no sample before the first read, and none after five minutes without a read', async () => {
  const { clock, rate, collections } = open()
  await clock.advance(10 * MINUTE_MS)
  expect(collections()).toBe(0)
  await rate()
  await clock.advance(MINUTE_MS)
  expect(collections()).toBeGreaterThan(50)
  await clock.advance(5 * MINUTE_MS)
  const last = collections()
  await clock.advance(60 * MINUTE_MS)
  expect(collections()).toBe(last)
})

it('takes no sample after it is stopped', async () => {
  const { clock, reads, rate, collections } = open()
  await rate()
  reads.stop()
  await clock.advance(MINUTE_MS)
  expect([collections(), await rate()]).toEqual([1, undefined])
})

it('retries failed samples once a second, and has no result while they leave a gap', async () => {
  const { clock, rate, collections, fail } = open()
  await rate()
  await clock.advance(20_000)
  fail(true)
  const before = collections()
  await clock.advance(20_000)
  expect(collections() - before).toBeLessThanOrEqual(21)
  await expect(rate()).rejects.toThrow('not available')
  fail(false)
  expect(await rate()).toBeUndefined()
  await clock.advance(11_000)
  expect(await rate()).toBe(5)
})

it('has no result for a metric that does not exist, or a window that is not from 1 to 3600 seconds', async () => {
  const { clock, rate } = open()
  await Promise.all([rate('other'), rate('jobs', 0), rate('jobs', Number.NaN), rate('jobs', 3601)])
  await clock.advance(20_000)
  const results = [
    await rate('other'),
    await rate('jobs', 0),
    await rate('jobs', Number.NaN),
    await rate('jobs', 3601),
  ]
  expect(results).toEqual([undefined, undefined, undefined, undefined])
})

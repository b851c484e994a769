import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { valuesOf } from '../testing/values-of.ts'
import type { MergedMetrics } from './merged-metrics.ts'

const warnings = captureWarnings()

/** Members whose histogram `m` has the bounds of their version of the application. */
function openCluster() {
  const clock = new ManualClock()
  const { aggregator, store } = openAggregator({}, clock)
  const start = async (key: string, bounds: number[]) => {
    const { member, meter, replica } = openMember({ key }, clock)
    const [channel, side] = MemoryChannel.pair()
    aggregator.accept(side)
    member.serve('http://127.0.0.1/metrics')
    member.connect(channel)
    const histogram = meter.createHistogram('m', { advice: { explicitBucketBoundaries: bounds } })
    await settle()
    return { histogram, replica, end: () => side.end() }
  }
  /** State is sent in several turns of the event loop. */
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000)
      await nextTurn()
    }
    await nextTurn()
  }
  return { advance, store, start }
}

async function bucketsOf(store: MergedMetrics): Promise<unknown> {
  const [value] = Object.values(await valuesOf(store))
  return (value as { buckets: unknown } | undefined)?.buckets
}

it('uses the new bounds of a metric when the last process with the old ones has ended, in all replicas', async () => {
  const { advance, store, start } = openCluster()
  const [first, second] = [await start('old-1', [1]), await start('old-2', [1])]
  for (const { histogram } of [first, second]) histogram.record(0)
  await advance(1)
  const third = await start('new-1', [5, 10])
  third.histogram.record(7)
  third.histogram.record(20)
  first.end()
  await advance(3)
  expect(await bucketsOf(store)).toEqual({ boundaries: [1], counts: [2, 0] })
  const fourth = await start('new-2', [5, 10])
  fourth.histogram.record(7)
  second.end()
  await advance(3)
  const expected = { boundaries: [5, 10], counts: [0, 2, 1] }
  expect(await bucketsOf(store)).toEqual(expected)
  for (const { replica } of [third, fourth]) expect(await bucketsOf(replica)).toEqual(expected)
  third.histogram.record(0)
  await advance(3)
  expect(await bucketsOf(fourth.replica)).toEqual({ boundaries: [5, 10], counts: [1, 2, 1] })
  expect(warnings()).toHaveLength(1)
})

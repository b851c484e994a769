import { Aggregator } from '../cluster/aggregator.ts'
import type { AggregatorOptions } from '../cluster/aggregator-options.ts'
import { Member } from '../cluster/member.ts'
import type { MemberOptions } from '../cluster/member-options.ts'
import { MergedMetrics } from '../cluster/merged-metrics.ts'
import { PushEncoder } from '../cluster/push-encoder.ts'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { ManualClock } from './manual-clock.ts'

/** Returns an aggregator without metrics of its own, its store and its clock. */
export function openAggregator(options: Partial<AggregatorOptions> = {}, clock = new ManualClock()) {
  const store = new MergedMetrics({ cardinalityLimit: 2_000 })
  const tracker = new ChangeTracker()
  const aggregator = new Aggregator({
    key: 'aggregator',
    version: '1.0.0',
    store,
    tracker,
    encoder: new PushEncoder(tracker),
    resource: () => ({ 'service.name': 'test' }),
    clock,
    ...options,
  })
  return { aggregator, store, clock }
}

/** Returns a member with a counter, its replica and its clock. */
export function openMember(options: Partial<MemberOptions> = {}, clock = new ManualClock()) {
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({ readers: [], cardinalityLimit: 10_000 })
  provider.trackChanges(tracker)
  const meter = provider.getMeter('test')
  const replica = new MergedMetrics({ cardinalityLimit: 2_000 })
  const member = new Member({
    key: 'member',
    version: '1.0.0',
    tracker,
    encoder: new PushEncoder(tracker),
    replica,
    clock,
    ...options,
  })
  return { member, replica, clock, meter, counter: meter.createCounter('requests') }
}

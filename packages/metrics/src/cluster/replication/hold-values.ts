import type { MergedMetrics } from '../merged-metrics.ts'
import { isCumulative } from '../metric-key.ts'
import { SourceCopy } from './source-copy.ts'

/** Source that exists only while {@link holdValues} runs. */
const SOURCE = 'held values'

/**
 * Lets the counters and histograms of a store that has no sources yet start with the values of a replica: they do not change until
 * the sources of the store exceed them. A process that becomes the aggregator so exposes no lower value than it did as a member.
 */
export function holdValues(store: MergedMetrics, replica: MergedMetrics): void {
  const copy = new SourceCopy()
  for (const push of replica.changesSince(0).pushes) copy.apply(push)
  store.open(SOURCE, '')
  for (const push of copy.pushes(isCumulative)) store.apply(SOURCE, push)
  // Merges the values, which then remain without their source.
  store.changesSince(0)
  store.discard(SOURCE)
}

import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import { trimmed } from '../cluster/exponential-value.ts'
import type { MergedMetrics } from '../cluster/merged-metrics.ts'
import { isCumulative } from '../cluster/metric-key.ts'
import type { DataPointWithExemplars } from '../exemplars/exemplar.ts'
import { GAUGE_POINT, SUM_POINT } from '../sdk-values.ts'
import { keyOf, type MergeState, type ModelValue, newestExemplars, totals } from './merge-model.ts'
import { metricOf } from './push-builder.ts'

/** A merged series in a form that can be compared. */
export interface CollectedSeries {
  readonly key: string
  /** Whether it is a monotonic sum or a histogram. */
  readonly isCumulative: boolean
  readonly start: number
  readonly value: ModelValue
  /** In the order of their trace ids. */
  readonly exemplars: readonly { readonly traceId: string; readonly value: number }[]
}

/**
 * Collects a store.
 * @throws Error if a series occurs twice, or the count of a histogram is not that of its buckets
 */
export async function collectedSeries(store: MergedMetrics): Promise<Map<string, CollectedSeries>> {
  const collected = new Map<string, CollectedSeries>()
  for (const { metrics } of await store.collect()) {
    for (const { descriptor, dataPoints, ...metric } of metrics) {
      const isSum = metric.dataPointType === SUM_POINT
      const isCumulative = isSum ? metric.isMonotonic : metric.dataPointType !== GAUGE_POINT
      for (const point of dataPoints as DataPointWithExemplars<number | Histogram | ExponentialHistogram>[]) {
        const { attributes, startTime, value, exemplars = [] } = point
        const key = keyOf({ metric: metricOf(descriptor.name), attributes })
        if (collected.has(key)) throw new Error(`series ${key} occurs twice`)
        collected.set(key, {
          key,
          isCumulative,
          start: startTime[0] * 1e3 + startTime[1] / 1e6,
          value: toModel(value),
          exemplars: sorted(
            exemplars.map((exemplar) => ({ traceId: String(exemplar.traceId), value: exemplar.value })),
          ),
        })
      }
    }
  }
  return collected
}

/** Removes what depends on the history of a gauge: its start, and exemplars of sources that have ended. */
export function comparable(collected: Map<string, CollectedSeries>): Map<string, CollectedSeries> {
  return new Map(
    [...collected].map(([key, series]) => [
      key,
      series.isCumulative ? series : { ...series, start: 0, exemplars: [] },
    ]),
  )
}

/** Returns the series that a store of this state should have. */
export function modelSeries(state: MergeState): Map<string, CollectedSeries> {
  const series = [...totals(state)].map(([key, { metric, startMs, value, exemplars }]) => {
    const newest = newestExemplars(metric, exemplars).map((exemplar) => ({
      traceId: exemplar[3],
      value: Number(exemplar[1]),
    }))
    const collected = {
      key,
      isCumulative: isCumulative(metric),
      start: startMs,
      value,
      exemplars: sorted(newest),
    }
    return [key, collected] as const
  })
  return comparable(new Map(series))
}

function sorted(exemplars: CollectedSeries['exemplars']): CollectedSeries['exemplars'] {
  return exemplars.toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1))
}

function toModel(value: number | Histogram | ExponentialHistogram): ModelValue {
  if (typeof value === 'number') return value
  const { sum = 0, min = 0, max = 0 } = value
  if ('buckets' in value) {
    checkCount(value.count, value.buckets.counts)
    return { sum, min, max, counts: value.buckets.counts }
  }
  const { scale, zeroCount, positive, negative } = value
  checkCount(value.count, [zeroCount, ...positive.bucketCounts, ...negative.bucketCounts])
  return {
    sum,
    min,
    max,
    scale,
    zeroCount,
    positive: trimmed(positive.offset, positive.bucketCounts),
    negative: trimmed(negative.offset, negative.bucketCounts),
  }
}

function checkCount(count: number, counts: readonly number[]): void {
  const total = counts.reduce((a, b) => a + b, 0)
  if (count !== total) throw new Error(`the count ${count} is not that of the buckets, ${total}`)
}

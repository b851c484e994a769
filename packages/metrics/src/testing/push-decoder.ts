import type { ExponentialHistogram, Histogram, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { MetricIdentity, Push, WireExponential, WireNumber } from '../cluster/messages.ts'
import { CUMULATIVE } from '../sdk-values.ts'
import type { PointValue } from '../series/aggregation-storage.ts'
import { millisToHrTime } from '../series/hr-time.ts'

interface DecodedSeries {
  readonly metric: MetricIdentity
  readonly attributes: Record<string, unknown>
  readonly startMs: number
  value: PointValue | undefined
  readonly exemplars: unknown[]
}

const POINT_TYPES = { histogram: 0, exponential_histogram: 1, gauge: 2, sum: 3 }

/** Applies pushes of one source as a receiver that keeps everything. Rejects pushes that break the rules of the protocol. */
export class PushDecoder {
  readonly #metrics: MetricIdentity[] = []
  readonly series: (DecodedSeries | undefined)[] = []

  /** @param push is serialised, as by a channel */
  apply(push: Push): void {
    const { removed, metrics, series, numbers, histograms, exponential, exemplars } = JSON.parse(
      JSON.stringify(push),
    ) as Push
    for (const id of removed ?? []) {
      this.#seriesOf(id)
      this.series[id] = undefined
    }
    for (const [id, metric] of metrics ?? []) {
      if (id !== this.#metrics.length) throw new Error(`metric id ${id} is not the next`)
      this.#metrics.push(metric)
    }
    for (const [id, metricId, attributes, startMs] of series ?? []) {
      const metric = this.#metrics[metricId]
      if (metric === undefined) throw new Error(`metric ${metricId} is not defined`)
      if (id > this.series.length) throw new Error(`series id ${id} is not the next`)
      this.series[id] = { metric, attributes, startMs, value: undefined, exemplars: [] }
    }
    for (let i = 0; i < (numbers?.length ?? 0); i += 2)
      this.#seriesOf(numbers?.[i]).value = toNumber(numbers?.[i + 1])
    this.#applyHistograms(histograms ?? [])
    for (const value of exponential ?? []) this.#seriesOf(value.series).value = toExponential(value)
    for (const [id, ...exemplar] of exemplars ?? []) this.#seriesOf(id).exemplars.push(exemplar)
  }

  /** Returns the metrics as a cumulative reader collects them; data points have this end time. */
  collect(endTimeMs: number): ResourceMetrics {
    const scopeMetrics = this.series.flatMap((series) => {
      if (series === undefined) return []
      const { metric, attributes, startMs, value } = series
      if (value === undefined) throw new Error('series without a value')
      const { name, unit, instrument, valueType } = metric
      const descriptor = { name, unit, type: instrument, valueType, description: '', advice: {} }
      const point = {
        attributes,
        startTime: millisToHrTime(startMs),
        endTime: millisToHrTime(endTimeMs),
        value,
      }
      const data = {
        descriptor,
        aggregationTemporality: CUMULATIVE,
        dataPointType: POINT_TYPES[metric.kind],
        isMonotonic: metric.isMonotonic,
        dataPoints: [point],
      }
      return [{ scope: metric.scope, metrics: [data] }]
    })
    return { resource: undefined, scopeMetrics } as unknown as ResourceMetrics
  }

  #applyHistograms(values: readonly WireNumber[]): void {
    for (let i = 0; i < values.length; ) {
      const series = this.#seriesOf(values[i])
      const [sum, min, max, pairs] = [1, 2, 3, 4].map((offset) => toNumber(values[i + offset]))
      const counts = new Array<number>(series.metric.boundaries.length + 1).fill(0)
      for (let pair = 0; pair < (pairs ?? 0); pair += 1) {
        const bucket = toNumber(values[i + 5 + 2 * pair])
        if (!(bucket in counts)) throw new Error(`bucket ${bucket} does not exist`)
        counts[bucket] = toNumber(values[i + 6 + 2 * pair])
      }
      const buckets = { boundaries: [...series.metric.boundaries], counts }
      const count = counts.reduce((total, n) => total + n, 0)
      series.value = { ...recorded({ sum, min, max }), buckets, count } as Histogram
      i += 5 + 2 * (pairs ?? 0)
    }
  }

  #seriesOf(id: WireNumber | undefined): DecodedSeries {
    const series = typeof id === 'number' ? this.series[id] : undefined
    if (series === undefined) throw new Error(`series ${id} is not defined`)
    return series
  }
}

function toNumber(value: WireNumber | undefined): number {
  if (value === undefined) throw new Error('value is missing')
  return Number(value)
}

function toExponential({ count, scale, zeroCount, positive, negative, ...rest }: WireExponential) {
  const { sum, min, max } = rest
  const [above, below] = [positive, negative].map(([offset, bucketCounts]) => ({ offset, bucketCounts }))
  return {
    ...recorded({ sum: Number(sum), min: Number(min), max: Number(max) }),
    count,
    scale,
    zeroCount,
    positive: above,
    negative: below,
  } as ExponentialHistogram
}

/** Returns the properties that are not NaN: the histogram records them. */
function recorded(values: Record<string, number | undefined>): Record<string, number | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !Number.isNaN(value)))
}

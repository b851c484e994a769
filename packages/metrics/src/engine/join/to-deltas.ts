import type { HrTime } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import { DELTA, HISTOGRAM_POINT, SUM_POINT } from '../../sdk-values.ts'
import type { ExposedMetric } from '../exposed-metric.ts'
import type { Labels } from '../family.ts'
import { seriesKey } from './series-starts.ts'
import type { ExposedPoint } from './to-metrics.ts'

/**
 * Converts the cumulative metrics of expositions to deltas for one reader. A series that was reset counts from its new start. The
 * first value of a series is a delta only if its start is known and after the collection before: otherwise an unknown part of it
 * was counted long ago.
 */
export class DeltaConverter {
  #points = new Map<string, ExposedPoint<unknown>>()
  #collectedAt: HrTime | undefined

  /**
   * Returns deltas of the metrics that `isDelta` selects, and the others unchanged.
   * @param endTime of the collection
   */
  convert(
    metrics: readonly ExposedMetric[],
    isDelta: (metric: ExposedMetric) => boolean,
    endTime: HrTime,
  ): ExposedMetric[] {
    const points = new Map<string, ExposedPoint<unknown>>()
    const converted = metrics.map((metric) => {
      if (!isDelta(metric)) return metric
      const common = { ...metric, aggregationTemporality: DELTA }
      if (metric.dataPointType === SUM_POINT)
        return { ...common, dataPoints: this.#deltas(metric, points, subtractNumbers) } as ExposedMetric
      if (metric.dataPointType === HISTOGRAM_POINT)
        return { ...common, dataPoints: this.#deltas(metric, points, subtractHistograms) } as ExposedMetric
      return metric
    })
    // The series of an engine that does not answer now stay known.
    const sources = new Set([...points.values()].map(sourceOf))
    for (const [key, point] of this.#points) if (!sources.has(sourceOf(point))) points.set(key, point)
    this.#points = points
    this.#collectedAt = endTime
    return converted
  }

  #deltas<T>(
    { descriptor, dataPoints }: ExposedMetric,
    found: Map<string, ExposedPoint<unknown>>,
    subtract: (value: T, before: T) => T | undefined,
  ): ExposedPoint<T>[] {
    return (dataPoints as unknown as readonly ExposedPoint<T>[]).flatMap((point) => {
      const key = seriesKey(descriptor.name, point.attributes as Labels)
      found.set(key, point)
      const before = this.#points.get(key) as ExposedPoint<T> | undefined
      if (before === undefined) return this.#isNew(point) ? [point] : []
      if (isEqual(before.startTime, point.startTime)) {
        const value = subtract(point.value, before.value)
        if (value !== undefined) return [{ ...point, startTime: before.endTime, value }]
      }
      return [point] // a reset
    })
  }

  #isNew({ startTime, isStartKnown }: ExposedPoint<unknown>): boolean {
    return isStartKnown && this.#collectedAt !== undefined && !isBefore(startTime, this.#collectedAt)
  }
}

/** @returns undefined if the value is lower than before */
function subtractNumbers(value: number, before: number): number | undefined {
  return value >= before ? value - before : undefined
}

/** @returns undefined if a bucket has fewer observations than before, or other bounds */
function subtractHistograms(value: Histogram, before: Histogram): Histogram | undefined {
  const [boundaries, others] = [value.buckets.boundaries, before.buckets.boundaries]
  if (boundaries.length !== others.length || boundaries.some((bound, at) => bound !== others[at]))
    return undefined
  const counts = value.buckets.counts.map((count, at) => count - (before.buckets.counts[at] ?? 0))
  if (counts.some((count) => count < 0)) return undefined
  const sum = value.sum === undefined || before.sum === undefined ? {} : { sum: value.sum - before.sum }
  return { buckets: { boundaries, counts }, count: value.count - before.count, ...sum }
}

const sourceOf = ({ attributes }: ExposedPoint<unknown>): unknown => attributes['upstream']

const isEqual = (a: HrTime, b: HrTime): boolean => a[0] === b[0] && a[1] === b[1]

const isBefore = (a: HrTime, b: HrTime): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])

import type { HrTime } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { DataPointWithExemplars } from '../../exemplars/exemplar.ts'
import { CUMULATIVE, DOUBLE, GAUGE_POINT, HISTOGRAM_POINT, SUM_POINT } from '../../sdk-values.ts'
import { millisToHrTime } from '../../series/hr-time.ts'
import type { ExposedMetric } from '../exposed-metric.ts'
import type { Family, HistogramPoint, NumberFamily, NumberPoint } from '../family.ts'
import { toExemplars } from './exemplars.ts'
import { SeriesStarts } from './series-starts.ts'
import { otelUnit } from './units.ts'

/** A data point that was read from an exposition. */
export type ExposedPoint<T> = DataPointWithExemplars<T> & {
  /** Whether `startTime` is the start of the series. Otherwise it is the time at which the series was found. */
  readonly isStartKnown: boolean
}

/** Converts families that were read from expositions to metrics, and remembers when their series started. */
export class FamilyConverter {
  readonly #starts = new SeriesStarts()

  /**
   * Returns the metrics of families: counters as cumulative sums, histograms with their bounds, gauges, and the other types without
   * data points.
   * @param now epoch milliseconds
   */
  convert(families: readonly Family[], now: number): ExposedMetric[] {
    const endTime = millisToHrTime(now)
    this.#starts.begin(now)
    const metrics = families.map((family) => this.#convertOne(family, endTime))
    this.#starts.end()
    return metrics
  }

  #convertOne(family: Family, endTime: HrTime): ExposedMetric {
    const { name, help: description, unit } = family
    const descriptor = { name, description, unit: otelUnit(unit), valueType: DOUBLE as number }
    const common = { descriptor, aggregationTemporality: CUMULATIVE, exposed: family }
    switch (family.type) {
      case 'counter': {
        const dataPoints = family.points.map((point) => this.#sum(family, point, endTime))
        return { ...common, dataPointType: SUM_POINT, isMonotonic: true, dataPoints }
      }
      case 'histogram': {
        const dataPoints = family.points.map((point) => this.#histogram(name, point, endTime))
        return { ...common, dataPointType: HISTOGRAM_POINT, dataPoints }
      }
      case 'gauge': {
        const dataPoints = family.points.map(({ labels, value }) => ({
          attributes: labels,
          startTime: endTime,
          endTime,
          value,
        }))
        return { ...common, dataPointType: GAUGE_POINT, dataPoints }
      }
      default:
        return { ...common, dataPointType: GAUGE_POINT, dataPoints: [] }
    }
  }

  #sum({ name }: NumberFamily, point: NumberPoint, endTime: HrTime): ExposedPoint<number> {
    const { labels, value, created, exemplar } = point
    const { startMs, isStartKnown } = this.#starts.startOf(name, labels, value, created)
    const startTime = millisToHrTime(startMs)
    return {
      attributes: labels,
      startTime,
      endTime,
      value,
      isStartKnown,
      ...toExemplars([exemplar], endTime),
    }
  }

  #histogram(name: string, point: HistogramPoint, endTime: HrTime): ExposedPoint<Histogram> {
    const { labels, buckets, count, sum, created } = point
    const { startMs, isStartKnown } = this.#starts.startOf(name, labels, count, created)
    return {
      attributes: labels,
      startTime: millisToHrTime(startMs),
      endTime,
      isStartKnown,
      value: {
        buckets: {
          boundaries: buckets.flatMap(({ bound }) => (bound === Number.POSITIVE_INFINITY ? [] : [bound])),
          counts: buckets.map((bucket, at) => bucket.count - (buckets[at - 1]?.count ?? 0)),
        },
        count,
        ...(sum === undefined ? {} : { sum }),
      },
      ...toExemplars(
        buckets.map(({ exemplar }) => exemplar),
        endTime,
      ),
    }
  }
}

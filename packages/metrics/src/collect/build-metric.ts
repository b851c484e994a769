import type { Attributes, HrTime } from '@opentelemetry/api'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { DataPointWithExemplars } from '../exemplars/exemplar.ts'
import { setImmediate } from '../real-timers.ts'
import type { PointValue } from '../series/cells.ts'
import type { MetricSnapshot } from '../series/metric-snapshot.ts'

/** Data points built in one go; more are built in later turns of the event loop. */
const POINTS_PER_SLICE = 2_000

/** Counts what one collection builds, and lets the event loop turn in between. */
export class Slices {
  #left = POINTS_PER_SLICE

  /** Counts `cost` points that were built. To be awaited if it returns something. */
  spend(cost: number): Promise<void> | undefined {
    this.#left -= cost
    if (this.#left > 0) return undefined
    this.#left = POINTS_PER_SLICE
    return new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** Upstream's metric for a snapshot that has at least one series. */
export async function buildMetric(snapshot: MetricSnapshot, slices: Slices): Promise<MetricData> {
  const { descriptor, aggregation, temporality } = snapshot.options
  const dataPoints: DataPointWithExemplars<PointValue>[] = []
  for (let slot = 0; slot < snapshot.size; slot += 1) {
    const point = buildPoint(snapshot, slot)
    dataPoints.push(point)
    const pause = slices.spend(aggregation.pointCost + (point.exemplars?.length ?? 0))
    if (pause !== undefined) await pause
  }
  const data = {
    descriptor,
    aggregationTemporality: temporality,
    dataPointType: aggregation.dataPointType,
    dataPoints,
    ...(aggregation.isMonotonic === undefined ? undefined : { isMonotonic: aggregation.isMonotonic }),
  }
  // The cells of an aggregation make the point values that its dataPointType names.
  return data as MetricData
}

function buildPoint(snapshot: MetricSnapshot, slot: number): DataPointWithExemplars<PointValue> {
  const attributes: Attributes = snapshot.attributes[slot] ?? {}
  const startTime = startOf(snapshot, slot)
  const exemplars = snapshot.exemplars.of(slot, attributes)
  const point = { attributes, startTime, endTime: snapshot.endTime, value: snapshot.cells.point(slot) }
  return exemplars === undefined ? point : { ...point, exemplars }
}

function startOf(snapshot: MetricSnapshot, slot: number): HrTime {
  const { starts, commonStart } = snapshot
  return commonStart ?? starts[slot] ?? snapshot.endTime
}

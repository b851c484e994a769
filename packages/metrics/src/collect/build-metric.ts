import type { Attributes, HrTime } from '@opentelemetry/api'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { DataPointWithExemplars } from '../exemplars/exemplar.ts'
import { setImmediate } from '../real-timers.ts'
import type { PointValue } from '../series/aggregation-storage.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'

/** Data points built in one go; more are built in later turns of the event loop. */
const POINTS_PER_TURN = 2_000

/** Counts what one collection builds, and lets the event loop turn in between. */
export class EventLoopYielder {
  #remaining = POINTS_PER_TURN

  /** Counts `cost` points that were built. To be awaited if it returns something. */
  countPoints(cost: number): Promise<void> | undefined {
    this.#remaining -= cost
    if (this.#remaining > 0) return undefined
    this.#remaining = POINTS_PER_TURN
    return new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** Upstream's metric for a snapshot that has at least one series. */
export async function buildMetric(snapshot: StreamSnapshot, slices: EventLoopYielder): Promise<MetricData> {
  const { descriptor, aggregation, temporality } = snapshot.options
  const dataPoints: DataPointWithExemplars<PointValue>[] = []
  for (let slot = 0; slot < snapshot.size; slot += 1) {
    const point = buildPoint(snapshot, slot)
    dataPoints.push(point)
    const pause = slices.countPoints(aggregation.pointWeight + (point.exemplars?.length ?? 0))
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

function buildPoint(snapshot: StreamSnapshot, slot: number): DataPointWithExemplars<PointValue> {
  const attributes: Attributes = snapshot.attributes[slot] ?? {}
  const startTime = startOf(snapshot, slot)
  const exemplars = snapshot.exemplars.forSlot(slot, attributes)
  const point = { attributes, startTime, endTime: snapshot.endTime, value: snapshot.storage.point(slot) }
  return exemplars === undefined ? point : { ...point, exemplars }
}

function startOf(snapshot: StreamSnapshot, slot: number): HrTime {
  const { starts, intervalStart } = snapshot
  return intervalStart ?? starts[slot] ?? snapshot.endTime
}

import type { Attributes, HrTime } from '@opentelemetry/api'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { DataPointWithExemplars } from '../exemplars/exemplar.ts'
import { setImmediate } from '../real-timers.ts'
import type { PointValue } from '../series/aggregation-storage.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'

/** Data points built before a collection yields to the event loop. */
const POINTS_PER_TURN = 2_000

/** Makes a collection yield to the event loop at regular intervals. */
export class EventLoopYielder {
  #remaining = POINTS_PER_TURN

  /** Counts data points that were built. Returns a promise to await when it is time to yield. */
  countPoints(points: number): Promise<void> | undefined {
    this.#remaining -= points
    if (this.#remaining > 0) return undefined
    this.#remaining = POINTS_PER_TURN
    return yieldToEventLoop()
  }
}

/** Resolves after the event loop has handled other events. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Builds the `MetricData` of a stream that has at least one series. */
export async function buildMetric(snapshot: StreamSnapshot, yielder: EventLoopYielder): Promise<MetricData> {
  const { descriptor, aggregation, temporality } = snapshot.options
  const dataPoints: DataPointWithExemplars<PointValue>[] = []
  for (let slot = 0; slot < snapshot.size; slot += 1) {
    const point = buildPoint(snapshot, slot)
    dataPoints.push(point)
    const turn = yielder.countPoints(aggregation.pointWeight + (point.exemplars?.length ?? 0))
    if (turn !== undefined) await turn
  }
  const data = {
    descriptor,
    aggregationTemporality: temporality,
    dataPointType: aggregation.dataPointType,
    dataPoints,
    ...(aggregation.isMonotonic === undefined ? undefined : { isMonotonic: aggregation.isMonotonic }),
  }
  // The point values have the type of dataPointType: both come from the same aggregation.
  return data as MetricData
}

function buildPoint(snapshot: StreamSnapshot, slot: number): DataPointWithExemplars<PointValue> {
  const attributes: Attributes = snapshot.attributes[slot] ?? {}
  const startTime = startTimeOf(snapshot, slot)
  const exemplars = snapshot.exemplars.forSlot(slot, attributes)
  const point = { attributes, startTime, endTime: snapshot.endTime, value: snapshot.storage.point(slot) }
  return exemplars === undefined ? point : { ...point, exemplars }
}

function startTimeOf({ starts, intervalStart, endTime }: StreamSnapshot, slot: number): HrTime {
  return intervalStart ?? starts[slot] ?? endTime
}

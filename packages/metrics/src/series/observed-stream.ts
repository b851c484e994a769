import type { Attributes, HrTime } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'
import { NO_EXEMPLARS } from './collected-exemplars.ts'
import { millisToHrTime } from './hr-time.ts'
import { LastValueCells } from './last-value-cells.ts'
import type { MetricSnapshot } from './metric-snapshot.ts'
import { joined, type ObservationBuffer } from './observation-buffer.ts'
import { OVERFLOW_ATTRIBUTES } from './series-table.ts'
import { DELTA, type StreamOptions } from './stream.ts'

/** What one collection knows of the observed series. */
class ObservedSeries {
  readonly index = new AttributeIndex()
  readonly values: number[] = []
  readonly starts: HrTime[] = []
}

/**
 * The series of one metric stream that callbacks feed, for one reader: what is observed in another reader's
 * collection does not count here. A series that is not observed is not reported; of a cumulative stream the observed
 * value is the value, of a delta stream the difference to the observation before.
 */
export class ObservedStream {
  readonly options: StreamOptions
  #previous = new ObservedSeries()
  /** Start of series that are new in the next collection (specification metrics/sdk.md "Start timestamps"). */
  #intervalStart: HrTime

  constructor(options: StreamOptions) {
    this.options = options
    this.#intervalStart = millisToHrTime(options.now())
  }

  /** Whether differences are reported. */
  get isDelta(): boolean {
    return this.options.temporality === DELTA
  }

  /** Takes the observations of this collection, in the order of the callbacks. */
  collect(observations: readonly ObservationBuffer[], endTime: HrTime): MetricSnapshot {
    const current = new ObservedSeries()
    joined(observations).forEach((value, attributes) => {
      this.#add(current, value, attributes)
    })
    const snapshot = {
      options: this.options,
      size: current.values.length,
      attributes: current.index.sets,
      starts: current.starts,
      commonStart: this.isDelta ? this.#intervalStart : undefined,
      endTime,
      cells: new LastValueCells(Float64Array.from(this.#reported(current))),
      // Callbacks run in no request: their context has no span.
      exemplars: NO_EXEMPLARS,
    }
    if (this.isDelta) this.#remember(current)
    this.#previous = current
    this.#intervalStart = endTime
    return snapshot
  }

  /** Attribute sets that a view makes equal, and all past the limit, add up; of a gauge the last one counts. */
  #add(current: ObservedSeries, value: number, attributes: Attributes): void {
    const { transform, limit, aggregation } = this.options
    const kept = transform === undefined ? attributes : transform.apply(attributes, undefined)
    let slot = current.index.locate(kept, limit)
    if (slot < 0) slot = current.index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY)
    const isSum = aggregation.isMonotonic !== undefined
    current.values[slot] = isSum ? (current.values[slot] ?? 0) + value : value
  }

  /** The values to report; fills in the start times. */
  #reported(current: ObservedSeries): number[] {
    const isSum = this.options.aggregation.isMonotonic !== undefined
    return current.values.map((value, slot) => {
      const before = this.#previous.index.locate(current.index.sets[slot] ?? {}, 0)
      const last = this.#previous.values[before] ?? 0
      const isReset = this.options.aggregation.isMonotonic === true && value < last
      current.starts[slot] = (isReset ? undefined : this.#previous.starts[before]) ?? this.#intervalStart
      return isSum && this.isDelta && !isReset ? value - last : value
    })
  }

  /**
   * A series may skip a collection: the next difference is taken from what was reported last. Bounded, since ids that
   * never come back (of processes, say) must not pile up.
   */
  #remember(current: ObservedSeries): void {
    for (const [slot, attributes] of this.#previous.index.sets.entries()) {
      if (current.index.sets.length > 2 * this.options.limit) return
      const carried = current.index.locate(attributes, Number.POSITIVE_INFINITY)
      current.values[carried] ??= this.#previous.values[slot] ?? 0
      current.starts[carried] ??= this.#intervalStart
    }
  }
}

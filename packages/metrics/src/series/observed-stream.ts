import { type Attributes, type HrTime, ROOT_CONTEXT } from '@opentelemetry/api'
import { logger } from '../logger.ts'
import { AttributeIndex } from './attribute-index.ts'
import { NO_EXEMPLARS } from './collected-exemplars.ts'
import { millisToHrTime } from './hr-time.ts'
import { LastValueStorage } from './last-value-storage.ts'
import { mergeObservations, type ObservationBuffer } from './observation-buffer.ts'
import { SeriesReservoirs } from './series-reservoirs.ts'
import { OVERFLOW_ATTRIBUTES } from './series-table.ts'
import { DELTA, type StreamOptions } from './stream.ts'
import type { StreamSnapshot } from './stream-snapshot.ts'

/** What one collection knows of the observed series. */
class ObservedInterval {
  readonly index = new AttributeIndex()
  readonly values: number[] = []
  readonly starts: HrTime[] = []
  /** Undefined if the filter lets no observation through. */
  readonly reservoirs: SeriesReservoirs | undefined

  constructor({ sampler, createReservoir }: StreamOptions, time: HrTime) {
    const now = (): number => time[0] * 1e3 + time[1] / 1e6
    this.reservoirs =
      sampler?.samplesObservations === true ? new SeriesReservoirs(createReservoir, now) : undefined
  }
}

/**
 * The series of one metric stream that callbacks feed, for one reader: what is observed in another reader's
 * collection does not count here. A series that is not observed is not reported; of a cumulative stream the observed
 * value is the value, of a delta stream the difference to the observation before.
 */
export class ObservedStream {
  readonly options: StreamOptions
  #previous: ObservedInterval
  /** Start of series that are new in the next collection (specification metrics/sdk.md "Start timestamps"). */
  #intervalStart: HrTime
  #hasReportedError = false

  constructor(options: StreamOptions) {
    this.options = options
    this.#intervalStart = millisToHrTime(options.now())
    this.#previous = new ObservedInterval(options, this.#intervalStart)
  }

  /** Whether differences are reported. */
  get isDelta(): boolean {
    return this.options.temporality === DELTA
  }

  /** Takes the observations of this collection, in the order of the callbacks. */
  collect(observations: readonly ObservationBuffer[], endTime: HrTime): StreamSnapshot {
    const current = new ObservedInterval(this.options, endTime)
    mergeObservations(observations).forEach((value, attributes) => {
      this.#add(current, value, attributes)
    })
    const snapshot = {
      options: this.options,
      size: current.values.length,
      attributes: current.index.sets,
      starts: current.starts,
      intervalStart: this.isDelta ? this.#intervalStart : undefined,
      endTime,
      storage: new LastValueStorage(Float64Array.from(this.#pointValues(current))),
      exemplars: current.reservoirs?.collect(this.options.sampler, current.index.sets) ?? NO_EXEMPLARS,
    }
    if (this.isDelta) this.#carryOver(current)
    this.#previous = current
    this.#intervalStart = endTime
    return snapshot
  }

  /** Attribute sets that a view makes equal, and all past the limit, add up; of a gauge the last one counts. */
  #add(current: ObservedInterval, value: number, attributes: Attributes): void {
    const { transform, limit, aggregation } = this.options
    const kept = transform === undefined ? attributes : transform.apply(attributes, undefined)
    let slot = current.index.locate(kept, limit)
    if (slot < 0) slot = current.index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY)
    const isSum = aggregation.isMonotonic !== undefined
    current.values[slot] = isSum ? (current.values[slot] ?? 0) + value : value
    if (current.reservoirs !== undefined) this.#offer(current.reservoirs, slot, value, attributes)
  }

  /**
   * Of asynchronous instruments, exemplars name no span (specification metrics/sdk.md "Exemplar"): callbacks run in no
   * request, whatever the context of the collection is. Never throws.
   */
  #offer(exemplars: SeriesReservoirs, slot: number, value: number, attributes: Attributes): void {
    try {
      exemplars.offer(slot, value, attributes, ROOT_CONTEXT)
    } catch (error) {
      if (!this.#hasReportedError)
        logger.error(
          `metric ${this.options.descriptor.name}: no exemplar for an error (reported once)`,
          error,
        )
      this.#hasReportedError = true
    }
  }

  /** The values to report; fills in the start times. */
  #pointValues(current: ObservedInterval): number[] {
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
  #carryOver(current: ObservedInterval): void {
    for (const [slot, attributes] of this.#previous.index.sets.entries()) {
      if (current.index.sets.length > 2 * this.options.limit) return
      const carried = current.index.locate(attributes, Number.POSITIVE_INFINITY)
      current.values[carried] ??= this.#previous.values[slot] ?? 0
      current.starts[carried] ??= this.#intervalStart
    }
  }
}

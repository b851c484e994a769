import { type Attributes, type HrTime, ROOT_CONTEXT } from '@opentelemetry/api'
import { logger } from '../logger.ts'
import { DELTA } from '../sdk-values.ts'
import { AttributeIndex } from './attribute-index.ts'
import { NO_EXEMPLARS } from './collected-exemplars.ts'
import { millisToHrTime } from './hr-time.ts'
import { LastValueStorage } from './last-value-storage.ts'
import { mergeObservations, type ObservationBuffer } from './observation-buffer.ts'
import { SeriesReservoirs } from './series-reservoirs.ts'
import { OVERFLOW_ATTRIBUTES } from './series-table.ts'
import type { StreamOptions } from './stream.ts'
import type { StreamSnapshot } from './stream-snapshot.ts'

/** Observed series of one collection. */
class ObservedInterval {
  readonly index = new AttributeIndex()
  readonly values: number[] = []
  readonly starts: HrTime[] = []
  /** Undefined if the exemplar filter excludes observations. */
  readonly reservoirs: SeriesReservoirs | undefined

  constructor({ sampler, createReservoir }: StreamOptions, time: HrTime) {
    const now = (): number => time[0] * 1e3 + time[1] / 1e6
    this.reservoirs =
      sampler?.samplesObservations === true ? new SeriesReservoirs(createReservoir, now) : undefined
  }
}

/**
 * The series of one asynchronous metric stream, for one reader. Observations made in another reader's collection do not
 * count. Only series that were observed in the current collection are reported. A cumulative stream reports the
 * observed value, a delta stream the difference from the previous observation.
 */
export class ObservedStream {
  readonly options: StreamOptions
  #previous: ObservedInterval
  /** Start time of series that are new in the next collection (specification metrics/sdk.md "Start timestamps"). */
  #intervalStart: HrTime
  #hasReportedError = false

  constructor(options: StreamOptions) {
    this.options = options
    this.#intervalStart = millisToHrTime(options.now())
    this.#previous = new ObservedInterval(options, this.#intervalStart)
  }

  /** Whether the temporality is delta. */
  get isDelta(): boolean {
    return this.options.temporality === DELTA
  }

  /**
   * Returns the data of this collection.
   *
   * @param observations in the order of the callbacks
   */
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

  /** Returns the last observed values, without a change of the interval. */
  observedBefore(): StreamSnapshot {
    const { index, values, starts } = this.#previous
    return {
      options: this.options,
      size: values.length,
      attributes: index.sets,
      starts,
      intervalStart: undefined,
      endTime: this.#intervalStart,
      storage: new LastValueStorage(Float64Array.from(values)),
      exemplars: NO_EXEMPLARS,
    }
  }

  /**
   * Adds one observation. Observations in the same series (attributes that a view made equal, or the overflow series)
   * add up for sums; for gauges the last one counts.
   */
  #add(current: ObservedInterval, value: number, attributes: Attributes): void {
    const { transform, limit, aggregation } = this.options
    const seriesAttributes = transform === undefined ? attributes : transform.apply(attributes, undefined)
    let slot = current.index.locate(seriesAttributes, limit)
    if (slot < 0) slot = current.index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY)
    const isSum = aggregation.isMonotonic !== undefined
    current.values[slot] = isSum ? (current.values[slot] ?? 0) + value : value
    if (current.reservoirs !== undefined) this.#offer(current.reservoirs, slot, value, attributes)
  }

  /**
   * Offers an observation with the root context: callbacks do not run in a request, so their exemplars have no span
   * (specification metrics/sdk.md "Exemplar"). Never throws.
   */
  #offer(reservoirs: SeriesReservoirs, slot: number, value: number, attributes: Attributes): void {
    try {
      reservoirs.offer(slot, value, attributes, ROOT_CONTEXT)
    } catch (error) {
      if (!this.#hasReportedError)
        logger.error(
          `metric "${this.options.descriptor.name}": exemplar dropped, because the exemplar reservoir failed; further errors of this metric are not logged. Check the exemplarReservoir of its view:`,
          error,
        )
      this.#hasReportedError = true
    }
  }

  /** Returns the values of the data points and sets the start times. */
  #pointValues(current: ObservedInterval): number[] {
    const isSum = this.options.aggregation.isMonotonic !== undefined
    return current.values.map((value, slot) => {
      const previousSlot = this.#previous.index.locate(current.index.sets[slot] ?? {}, 0)
      const previousValue = this.#previous.values[previousSlot] ?? 0
      const isReset = this.options.aggregation.isMonotonic === true && value < previousValue
      current.starts[slot] =
        (isReset ? undefined : this.#previous.starts[previousSlot]) ?? this.#intervalStart
      return isSum && this.isDelta && !isReset ? value - previousValue : value
    })
  }

  /**
   * Keeps the last values of series that were not observed this time, so that their next delta is correct. The number
   * of series is bounded, since attribute sets with ids that never return (of processes, for example) would accumulate.
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

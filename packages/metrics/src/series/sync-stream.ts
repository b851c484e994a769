import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { DELTA } from '../sdk-values.ts'
import type { ChangedSlots } from './changed-slots.ts'
import { millisToHrTime } from './hr-time.ts'
import { type SeriesReservation, SeriesReservations } from './series-reservations.ts'
import { SeriesReservoirs } from './series-reservoirs.ts'
import { SeriesTable } from './series-table.ts'
import type { StreamOptions } from './stream.ts'
import type { StreamSnapshot } from './stream-snapshot.ts'

/**
 * The series of one synchronous metric stream. It serves any number of cumulative readers, or a single delta reader: a
 * delta collection replaces the table of series, a cumulative one copies it.
 */
export class SyncStream {
  readonly options: StreamOptions
  /** Series of the current interval. */
  table: SeriesTable
  /** Number of the current interval. A slot is valid only in its interval. */
  interval = 0
  readonly #sampler: ExemplarSampler | undefined
  readonly #reservations = new SeriesReservations()
  /** Undefined unless changes are tracked. */
  #changes: ChangedSlots | undefined
  #mirror: DeltaMirror | undefined
  #intervalStart: HrTime
  #hasReportedError = false

  /** @param copied series that the stream starts with */
  constructor(options: StreamOptions, copied?: SeriesTable) {
    this.options = options
    this.#sampler = options.sampler
    this.table = this.#newTable(copied)
    this.#intervalStart = millisToHrTime(options.now())
  }

  /**
   * Records a valid value.
   *
   * @param seriesAttributes attributes of the series, after the view
   * @param given attributes before the view, for exemplars
   */
  record(value: number, seriesAttributes: Attributes, given: Attributes, context: Context | undefined): void {
    this.recordAtSlot(this.table.slotFor(seriesAttributes), value, given, context)
  }

  /** Reserves capacity for a bound handle in all intervals. Returns undefined if the cardinality limit is reached. */
  reserve(seriesAttributes: Attributes): SeriesReservation | undefined {
    return this.table.reserve(seriesAttributes)
  }

  /** Records a valid value in the series with this slot in the current interval. */
  recordAtSlot(slot: number, value: number, given: Attributes, context: Context | undefined): void {
    this.table.storage.update(slot, value)
    if (this.#sampler !== undefined) this.#offer(this.#sampler, slot, value, given, context)
    const changes = this.#changes
    if (changes !== undefined) changes.mark(slot)
    if (this.#mirror !== undefined) this.#mirror.record(this.table, slot, value, given, context)
  }

  /** Marks the changed series of this cumulative stream from now on. */
  track(changes: ChangedSlots, changedExemplars: ChangedSlots): void {
    this.#changes = changes
    this.table.reservoirs.track(changedExemplars)
  }

  /** Creates a cumulative stream that gets all further records of this delta stream, and the series of its interval. */
  createMirror(options: StreamOptions): SyncStream {
    const stream = new SyncStream(options, this.table)
    this.#mirror = new DeltaMirror(stream)
    return stream
  }

  /** Never throws: an error of a context or reservoir must not prevent the record in other streams. */
  #offer(
    sampler: ExemplarSampler,
    slot: number,
    value: number,
    given: Attributes,
    context: Context | undefined,
  ): void {
    try {
      const eligible = sampler.eligibleContext(context)
      if (eligible !== undefined) this.table.reservoirs.offer(slot, value, given, eligible)
    } catch (error) {
      this.#reportError(error)
    }
  }

  #reportError(error: unknown): void {
    if (this.#hasReportedError) return
    this.#hasReportedError = true
    logger.error(
      `metric "${this.options.descriptor.name}": exemplar dropped, because the exemplar reservoir failed; further errors of this metric are not logged. Check the exemplarReservoir of its view:`,
      error,
    )
  }

  /** Returns a consistent snapshot. Synchronous, so no record can come between its parts. */
  collect(endTime: HrTime): StreamSnapshot {
    const { table, options } = this
    const isDelta = options.temporality === DELTA
    const snapshot = {
      options,
      size: table.starts.length,
      attributes: table.attributes,
      starts: table.starts,
      intervalStart: isDelta ? this.#intervalStart : undefined,
      endTime,
      storage: isDelta ? table.storage : table.storage.snapshot(),
      exemplars: table.reservoirs.collect(this.#sampler, table.attributes),
    }
    if (isDelta) this.#startInterval(endTime)
    else this.table.releaseUnusedReservations()
    return snapshot
  }

  #startInterval(start: HrTime): void {
    this.#reservations.startInterval()
    this.table = this.#newTable()
    this.#mirror?.startInterval()
    this.interval += 1
    this.#intervalStart = start
  }

  #newTable(copied?: SeriesTable): SeriesTable {
    const { aggregation, limit, createReservoir, now } = this.options
    const reservoirs = new SeriesReservoirs(createReservoir, now)
    const storage = copied?.storage.snapshot() ?? aggregation.createStorage()
    return new SeriesTable(storage, reservoirs, this.#reservations, limit, now, copied)
  }
}

/** Passes the records of a delta stream to a cumulative stream. */
class DeltaMirror {
  readonly #stream: SyncStream
  /** Slot of the cumulative stream by slot of the delta stream in the current interval. */
  #slots: number[] = []

  constructor(stream: SyncStream) {
    this.#stream = stream
  }

  record(
    source: SeriesTable,
    slot: number,
    value: number,
    given: Attributes,
    context: Context | undefined,
  ): void {
    this.#stream.recordAtSlot(this.#slots[slot] ?? this.#locate(source, slot), value, given, context)
  }

  startInterval(): void {
    this.#slots = []
  }

  #locate(source: SeriesTable, slot: number): number {
    const located = this.#stream.table.slotFor(source.attributes[slot] ?? {})
    while (this.#slots.length < slot) this.#slots.push(this.#locate(source, this.#slots.length))
    this.#slots[slot] = located
    return located
  }
}

import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { DELTA } from '../sdk-values.ts'
import type { ChangedSlots } from './changed-slots.ts'
import { DeltaMirror } from './delta-mirror.ts'
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
  /** Flags of the slots that are marked as changed. Undefined unless changes are tracked. */
  marked: Uint8Array | undefined
  readonly #sampler: ExemplarSampler | undefined
  readonly #reservations = new SeriesReservations()
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
    // Before the update, by a call without the value, and with public members: otherwise V8 does not inline all of this method, and
    // boxes the value (5 ns).
    const marked = this.marked
    if (marked !== undefined && marked[slot] !== 1) this.markChanged(slot)
    this.table.storage.update(slot, value)
    if (this.#sampler !== undefined) this.#offer(this.#sampler, slot, value, given, context)
  }

  /** Adds a value without an exemplar. */
  addValue(slot: number, value: number): void {
    if (this.marked?.[slot] !== 1) this.markChanged(slot)
    this.table.storage.update(slot, value)
  }

  /** Marks a slot as changed whose flag is not set. */
  markChanged(slot: number): void {
    this.#changes?.mark(slot)
    this.marked = this.#changes?.flags
  }

  /** Marks the changed series of this cumulative stream from now on. */
  track(changes: ChangedSlots, changedExemplars: ChangedSlots): void {
    this.#changes = changes
    this.table.reservoirs.track(changedExemplars)
    this.marked = changes.flags
  }

  /** Marks all series as changed. */
  markAll(): void {
    this.#changes?.markAll(this.table.starts.length)
    this.marked = this.#changes?.flags
    this.table.reservoirs.markAll()
  }

  /** Creates a cumulative stream that gets all further records of this delta stream, and the series of its interval. */
  createMirror(options: StreamOptions): SyncStream {
    const stream = new SyncStream(options, this.table)
    this.#mirror = new DeltaMirror(stream, (slot) => this.table.attributes[slot] ?? {})
    this.table.storage = this.#mirror.wrap(this.table.storage)
    this.table.reservoirs.mirror = this.#mirror
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
    const mirrored = this.#mirror?.wrap(storage) ?? storage
    reservoirs.mirror = this.#mirror
    return new SeriesTable(mirrored, reservoirs, this.#reservations, limit, now, copied)
  }
}

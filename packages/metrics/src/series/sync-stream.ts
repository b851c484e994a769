import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { millisToHrTime } from './hr-time.ts'
import { type SeriesReservation, SeriesReservations } from './series-reservations.ts'
import { SeriesReservoirs } from './series-reservoirs.ts'
import { SeriesTable } from './series-table.ts'
import { DELTA, type StreamOptions } from './stream.ts'
import type { StreamSnapshot } from './stream-snapshot.ts'

/**
 * The series of one metric stream that synchronous instruments feed. Serves any number of cumulative readers, or one
 * delta reader: temporality is a matter of when the table is replaced, so readers never disturb each other.
 */
export class SyncStream {
  readonly options: StreamOptions
  /** Of the running interval: a delta collection replaces it, so that nothing is counted twice or lost. */
  table: SeriesTable
  /** Counts the tables: slots are valid as long as it stays the same. */
  interval = 0
  readonly #sampler: ExemplarSampler | undefined
  readonly #reservations = new SeriesReservations()
  #intervalStart: HrTime
  #hasReportedError = false

  constructor(options: StreamOptions) {
    this.options = options
    this.#sampler = options.sampler
    this.table = this.#newTable()
    this.#intervalStart = millisToHrTime(options.now())
  }

  /**
   * One measurement that is valid for the instrument.
   *
   * @param kept the attributes that name the series
   * @param given the attributes of the measurement, for exemplars
   */
  record(value: number, kept: Attributes, given: Attributes, context: Context | undefined): void {
    this.recordAtSlot(this.table.slotFor(kept), value, given, context)
  }

  /**
   * Keeps a place for a bound handle in all intervals; undefined if there is no room, so that it records in the overflow
   * series.
   */
  reserve(kept: Attributes): SeriesReservation | undefined {
    return this.table.reserve(kept)
  }

  /** The same for a known slot of the current table. */
  recordAtSlot(slot: number, value: number, given: Attributes, context: Context | undefined): void {
    this.table.storage.update(slot, value)
    if (this.#sampler !== undefined) this.#offer(this.#sampler, slot, value, given, context)
  }

  /** Never throws: a context or a reservoir that fails must not cost the other streams their measurement. */
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
    logger.error(`metric ${this.options.descriptor.name}: no exemplar for an error (reported once)`, error)
  }

  /** What the readers of this stream get now. Runs in one go: nothing is recorded meanwhile. */
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
    this.interval += 1
    this.#intervalStart = start
  }

  #newTable(): SeriesTable {
    const { aggregation, limit, createReservoir, now } = this.options
    const exemplars = new SeriesReservoirs(createReservoir, now)
    return new SeriesTable(aggregation.createStorage(), exemplars, this.#reservations, limit, now)
  }
}

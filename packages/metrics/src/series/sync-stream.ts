import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { millisToHrTime } from './hr-time.ts'
import type { MetricSnapshot } from './metric-snapshot.ts'
import { type Reservation, Reservations } from './reservations.ts'
import { SeriesExemplars } from './series-exemplars.ts'
import { SeriesTable } from './series-table.ts'
import { DELTA, type StreamOptions } from './stream.ts'

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
  readonly #reservations = new Reservations()
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
    this.recordAt(this.table.slotOf(kept), value, given, context)
  }

  /**
   * Keeps a place for a bound handle in all intervals; undefined if there is no room, so that it records in the overflow
   * series.
   */
  reserve(kept: Attributes): Reservation | undefined {
    return this.table.reserve(kept)
  }

  /** The same for a known slot of the current table. */
  recordAt(slot: number, value: number, given: Attributes, context: Context | undefined): void {
    this.table.cells.update(slot, value)
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
      const eligible = sampler.eligible(context)
      if (eligible !== undefined) this.table.exemplars.offer(slot, value, given, eligible)
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
  collect(endTime: HrTime): MetricSnapshot {
    const { table, options } = this
    const isDelta = options.temporality === DELTA
    const snapshot = {
      options,
      size: table.starts.length,
      attributes: table.attributes,
      starts: table.starts,
      commonStart: isDelta ? this.#intervalStart : undefined,
      endTime,
      cells: isDelta ? table.cells : table.cells.snapshot(),
      exemplars: table.exemplars.collect(this.#sampler, table.attributes),
    }
    if (isDelta) this.#startInterval(endTime)
    else this.table.sweep()
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
    const exemplars = new SeriesExemplars(createReservoir, now)
    return new SeriesTable(aggregation.createCells(), exemplars, this.#reservations, limit, now)
  }
}

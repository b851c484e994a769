import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import type { MetricSnapshot } from './metric-snapshot.ts'
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
  readonly #sampler: ExemplarSampler | undefined
  #intervalStart: HrTime

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

  /** The same for a known slot of the current table. */
  recordAt(slot: number, value: number, given: Attributes, context: Context | undefined): void {
    this.table.cells.update(slot, value)
    const sampler = this.#sampler
    if (sampler === undefined) return
    const eligible = sampler.eligible(context)
    if (eligible !== undefined) this.#offer(slot, value, given, eligible)
  }

  /** What the readers of this stream get now. Runs in one go: nothing is recorded meanwhile. */
  collect(endTime: HrTime): MetricSnapshot {
    const { table, options } = this
    const isDelta = options.temporality === DELTA
    const { exemplars, errors } = this.#collectExemplars()
    const snapshot = {
      options,
      size: table.starts.length,
      attributes: table.attributes,
      starts: table.starts,
      commonStart: isDelta ? this.#intervalStart : undefined,
      endTime,
      cells: isDelta ? table.cells : table.cells.snapshot(),
      exemplars,
      errors,
    }
    if (isDelta) this.#startInterval(endTime)
    return snapshot
  }

  #offer(slot: number, value: number, given: Attributes, context: Context): void {
    const { reservoirs } = this.table
    let reservoir = reservoirs[slot]
    if (reservoir === undefined) {
      reservoir = this.options.createReservoir()
      reservoirs[slot] = reservoir
    }
    reservoir.offer(value, this.options.now, given, context)
  }

  #collectExemplars(): Pick<MetricSnapshot, 'exemplars' | 'errors'> {
    const exemplars: (Exemplar[] | undefined)[] = []
    const errors: unknown[] = []
    const { reservoirs, attributes } = this.table
    if (this.#sampler === undefined) return { exemplars, errors }
    for (const [slot, reservoir] of reservoirs.entries()) {
      if (reservoir === undefined) continue
      try {
        const collected = reservoir.collect(attributes[slot] ?? {})
        if (collected.length > 0) exemplars[slot] = this.#sampler.shown(collected)
      } catch (error) {
        errors.push(error)
      }
    }
    return { exemplars, errors }
  }

  #startInterval(start: HrTime): void {
    this.table = this.#newTable()
    this.#intervalStart = start
  }

  #newTable(): SeriesTable {
    const { aggregation, limit, now } = this.options
    return new SeriesTable(aggregation.createCells(), limit, now)
  }
}

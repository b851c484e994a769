import type { Attributes, Context, HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
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
  #intervalStart: HrTime

  constructor(options: StreamOptions) {
    this.options = options
    this.table = this.#newTable()
    this.#intervalStart = millisToHrTime(options.now())
  }

  /** One measurement that is valid for the instrument. */
  record(value: number, attributes: Attributes, context: Context | undefined): void {
    const { transform } = this.options
    const kept = transform === undefined ? attributes : transform.apply(attributes, this.#contextOf(context))
    this.recordAt(this.table.slotOf(kept), value, attributes, context)
  }

  /** The same for a known slot of the current table; `attributes` are the ones that were given. */
  recordAt(slot: number, value: number, attributes: Attributes, context: Context | undefined): void {
    this.table.cells.update(slot, value)
    if (this.options.sampler !== undefined) this.#offer(slot, value, attributes, context)
  }

  /** What the readers of this stream get now. Runs in one go: nothing is recorded meanwhile. */
  collect(endTime: HrTime): MetricSnapshot {
    const { table, options } = this
    const isDelta = options.temporality === DELTA
    const exemplars = table.reservoirs.map((reservoir, slot) => {
      const collected = reservoir?.collect(table.attributes[slot] ?? {}) ?? []
      return collected.length === 0 ? undefined : options.sampler?.shown(collected)
    })
    const snapshot = {
      options,
      size: table.starts.length,
      attributes: table.attributes,
      starts: table.starts,
      commonStart: isDelta ? this.#intervalStart : undefined,
      endTime,
      cells: isDelta ? table.cells : table.cells.snapshot(),
      exemplars,
    }
    if (isDelta) this.#startInterval(endTime)
    return snapshot
  }

  #offer(slot: number, value: number, attributes: Attributes, explicit: Context | undefined): void {
    const { sampler, createReservoir } = this.options
    const context = sampler?.eligible(explicit)
    if (sampler === undefined || context === undefined) return
    const { reservoirs } = this.table
    let reservoir = reservoirs[slot]
    if (reservoir === undefined) {
      reservoir = createReservoir()
      reservoirs[slot] = reservoir
    }
    reservoir.offer(value, sampler.now(), attributes, context)
  }

  #contextOf(explicit: Context | undefined): Context {
    return explicit ?? this.options.activeContext()
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

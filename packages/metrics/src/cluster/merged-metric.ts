import { ExponentialTable } from './exponential-table.ts'
import { HistogramTable } from './histogram-table.ts'
import { mergeGauge } from './merge-gauge.ts'
import { MergedExemplars } from './merged-exemplars.ts'
import { MergedSlots } from './merged-slots.ts'
import type { MetricIdentity, WireExemplar } from './messages.ts'
import { isCumulative } from './metric-key.ts'
import { NumberTable } from './number-table.ts'
import type { SeriesIds } from './series-ids.ts'
import type { SourceColumn } from './source-column.ts'
import type { ValueTable } from './value-table.ts'

/** A metric of several sources: their values, those of all ended sources, and the merged values. */
export class MergedMetric {
  readonly identity: MetricIdentity
  readonly isCumulative: boolean
  /** Id for replicas. */
  readonly id: number
  /** Version of the store that added the metric. */
  readonly definedAt: number
  /** Version of the store at which a series last changed. */
  version: number
  /** Whether a conflicting definition was logged. */
  isConflictLogged = false
  columns: readonly SourceColumn[] = []
  readonly slots: MergedSlots
  readonly exemplars: MergedExemplars
  /** Merged values by slot. */
  readonly merged: ValueTable
  /** Sums of the values of ended sources by slot. */
  readonly retired: ValueTable
  /** Holds the value of a slot while it is merged. */
  readonly #scratch: ValueTable
  readonly #ids: SeriesIds
  readonly #parts
  readonly #changedSlots: number[] = []
  #isChanged = new Uint8Array(4)

  constructor(identity: MetricIdentity, id: number, version: number, limit: number, ids: SeriesIds) {
    const { boundaries, isMonotonic, kind } = identity
    this.identity = identity
    this.id = id
    this.definedAt = version
    this.version = version
    this.isCumulative = isCumulative(identity)
    this.slots = new MergedSlots(limit, ids)
    this.exemplars = new MergedExemplars(boundaries, kind === 'exponential_histogram')
    this.#ids = ids
    this.#parts = { boundaries, isMonotonic, recordsSum: true, recordsMinMax: true }
    this.merged = this.createTable()
    this.retired = this.createTable()
    this.#scratch = this.createTable()
    this.#scratch.reserve(1)
  }

  /** Whether values have changed since they were merged. */
  get hasChanges(): boolean {
    return this.#changedSlots.length > 0
  }

  /** Whether an open source has a series of this metric. */
  get isUsed(): boolean {
    return this.columns.some((column) => column.isUsed)
  }

  createTable(): ValueTable {
    if (this.identity.kind === 'histogram') return new HistogramTable(this.#parts)
    if (this.identity.kind === 'exponential_histogram') return new ExponentialTable(this.#parts)
    return new NumberTable()
  }

  /** Marks a slot whose value has to be merged again. */
  markChanged(slot: number): void {
    if (slot >= this.#isChanged.length) this.#grow(slot + 1)
    if (this.#isChanged[slot] === 1) return
    this.#isChanged[slot] = 1
    this.#changedSlots.push(slot)
  }

  addExemplar(slot: number, exemplar: WireExemplar, version: number): void {
    if (this.exemplars.add(slot, exemplar, version)) this.version = version
  }

  /** Adds a value to those of ended sources. */
  retire(column: SourceColumn, row: number, version: number): void {
    const slot = column.slotOf(row)
    const series = this.slots.get(slot)
    if (series === undefined) return
    this.retired.reserve(slot + 1)
    this.retired.add(slot, column.values, row)
    series.retiredVersion = version
    this.version = version
    this.markChanged(slot)
  }

  /**
   * Merges the values of changed slots.
   *
   * @param limit number of values of sources after which it stops
   * @returns the number of values, at least 1 for each slot
   */
  mergeChanges(version: number, limit: number): number {
    const perSlot = 1 + this.columns.length
    const changed = this.#changedSlots
    let count = 0
    while (count < limit) {
      const slot = changed.pop()
      if (slot === undefined) break
      this.#isChanged[slot] = 0
      if (this.isCumulative) this.#mergeCumulative(slot, version)
      else this.#mergeGauge(slot, version)
      count += perSlot
    }
    if (count > 0) this.version = version
    return count
  }

  #mergeCumulative(slot: number, version: number): void {
    const series = this.slots.get(slot)
    if (series === undefined) return
    const scratch = this.#scratch
    scratch.clear(0)
    if (series.retiredVersion > 0) scratch.add(0, this.retired, slot)
    for (const column of this.columns)
      for (let row = column.firstRow(slot); row >= 0; row = column.nextRow(row))
        scratch.add(0, column.values, row)
    this.merged.reserve(slot + 1)
    // A sum of floating-point numbers depends on their order: without `raise`, it could fall when a source is retired.
    if (this.merged.raise(slot, scratch, 0)) series.version = version
    this.#show(series, version)
  }

  #mergeGauge(slot: number, version: number): void {
    const series = this.slots.get(slot)
    if (series === undefined || !(this.merged instanceof NumberTable)) return
    const value = mergeGauge(this.identity.merge, this.columns, slot)
    if (value === undefined) {
      if (this.#hasRow(slot)) this.#ids.hide(series.id, version)
      else this.#remove(slot, version)
      return
    }
    this.merged.reserve(slot + 1)
    if (this.merged.set(slot, value)) series.version = version
    this.#show(series, version)
  }

  #show(series: { id: number; version: number }, version: number): void {
    if (this.#ids.isVisible(series.id)) return
    this.#ids.show(series.id, version)
    series.version = version
  }

  #hasRow(slot: number): boolean {
    for (const column of this.columns) if (column.firstRow(slot) >= 0) return true
    return false
  }

  #remove(slot: number, version: number): void {
    this.exemplars.clear(slot)
    this.slots.release(slot, version)
    this.merged.clear(slot)
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(length, this.#isChanged.length * 2))
    larger.set(this.#isChanged)
    this.#isChanged = larger
  }
}

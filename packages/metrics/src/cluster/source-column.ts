import { growTo, type ValueTable } from './value-table.ts'

/** The source of a column. */
interface ColumnSource {
  /** Whether its gauges do not count. */
  readonly isStale: boolean
}

/** No row, or no slot. */
const NONE = -1

/**
 * The values that one source has pushed for one metric. Each series of the source has a row, which belongs to a slot of the merged
 * metric. Several rows have the same slot if their series overflow.
 */
export class SourceColumn {
  readonly values: ValueTable
  readonly source: ColumnSource
  /** Start of each row, in epoch milliseconds. */
  readonly starts: number[] = []
  /** Number of the push that set each row: the newest is the last value of a gauge. */
  readonly stamps: number[] = []
  #slotOfRow = new Int32Array(4)
  /** Next row with the same slot. */
  #nextRow = new Int32Array(4)
  #firstRow = new Int32Array(4).fill(NONE)
  /** Id of the source's series that sets the row. */
  readonly #ids: number[] = []
  #size = 0
  readonly #freeRows: number[] = []

  /** @param values empty table */
  constructor(values: ValueTable, source: ColumnSource) {
    this.values = values
    this.source = source
  }

  /** Returns the first row with this slot, or -1. */
  firstRow(slot: number): number {
    return this.#firstRow[slot] ?? NONE
  }

  /** Returns the next row with the same slot, or -1. */
  nextRow(row: number): number {
    return this.#nextRow[row] ?? NONE
  }

  /** Returns all rows with this slot. */
  rowsOf(slot: number): number[] {
    const rows: number[] = []
    for (let row = this.firstRow(slot); row >= 0; row = this.nextRow(row)) rows.push(row)
    return rows
  }

  /** Whether a series of the source sets a row. */
  get isUsed(): boolean {
    return this.#ids.some((id) => id >= 0)
  }

  slotOf(row: number): number {
    return this.#slotOfRow[row] ?? NONE
  }

  /** Returns the id of the series that sets the row, or -1. */
  idOf(row: number): number {
    return this.#ids[row] ?? NONE
  }

  setId(row: number, id: number): void {
    this.#ids[row] = id
  }

  /** Returns the row with this slot that no series sets at present, or a new row. Rows of the overflow series are always new. */
  rowFor(slot: number, isOverflow: boolean, startMs: number): number {
    let row = isOverflow ? NONE : this.firstRow(slot)
    while (row >= 0 && this.idOf(row) >= 0) row = this.nextRow(row)
    if (row < 0) return this.#addRow(slot, startMs)
    this.starts[row] = startMs
    return row
  }

  /** Removes a row, which can be added again for another slot. */
  removeRow(row: number): void {
    const slot = this.slotOf(row)
    const first = this.firstRow(slot)
    if (first === row) this.#firstRow[slot] = this.nextRow(row)
    else {
      let previous = first
      while (this.nextRow(previous) !== row) previous = this.nextRow(previous)
      this.#nextRow[previous] = this.nextRow(row)
    }
    this.#slotOfRow[row] = NONE
    this.#freeRows.push(row)
  }

  /** Calls `visit` for each row that is in use. The visit can remove the row. */
  forEachRow(visit: (row: number, slot: number) => void): void {
    for (let row = 0; row < this.#size; row += 1) {
      const slot = this.slotOf(row)
      if (slot >= 0) visit(row, slot)
    }
  }

  #addRow(slot: number, startMs: number): number {
    const row = this.#freeRows.pop() ?? this.#size
    if (row === this.#size) this.#size += 1
    this.values.reserve(this.#size)
    this.values.clear(row)
    this.#slotOfRow = growTo(this.#slotOfRow, this.#size, NONE)
    this.#nextRow = growTo(this.#nextRow, this.#size, NONE)
    this.#firstRow = growTo(this.#firstRow, slot + 1, NONE)
    this.#slotOfRow[row] = slot
    this.#nextRow[row] = this.firstRow(slot)
    this.#firstRow[slot] = row
    this.starts[row] = startMs
    this.stamps[row] = 0
    this.#ids[row] = NONE
    return row
  }
}

import type { OwnDeltas, OwnSnapshot } from '../collect/shared-metrics.ts'
import type { ExportedValues } from './delta-converter.ts'
import type { MergedMetric } from './merged-metric.ts'
import type { MergedMetrics } from './merged-metrics.ts'
import type { MergedSource } from './merged-source.ts'
import type { ValueTable } from './value-table.ts'

/**
 * Returns what a delta reader has exported of the metrics of this process, as cumulative values by merged metric: the values of this
 * process without those that are pending. The first deltas of the merged metrics then repeat nothing and omit nothing.
 *
 * @param ownSource source of this process, with all its changes
 */
export function exportedByReader(
  metrics: MergedMetrics,
  ownSource: string | undefined,
  { pending, exported }: OwnDeltas,
): ReadonlyMap<MergedMetric, ExportedValues> {
  const source = ownSource === undefined ? undefined : metrics.source(ownSource)
  if (source === undefined) return new Map()
  const totals = new Map([...source.columns.keys()].map((metric) => [metric, new OwnTotals(metric, source)]))
  const totalsOf = ({ scope, snapshot }: OwnSnapshot): OwnTotals | undefined => {
    const metric = metrics.find({ scope, name: snapshot.options.descriptor.name })
    return metric && totals.get(metric)
  }
  for (const stream of pending) totalsOf(stream)?.subtract(stream)
  for (const stream of exported) totalsOf(stream)?.replace(stream)
  return new Map([...totals].map(([metric, ofMetric]) => [metric, ofMetric.toExported()]))
}

/** Cumulative values of one metric of this process, by merged slot. */
class OwnTotals {
  readonly #metric: MergedMetric
  readonly #source: MergedSource
  readonly #values: ValueTable
  readonly #point: ValueTable
  readonly #slots = new Set<number>()
  #endTime: ExportedValues['endTime']

  constructor(metric: MergedMetric, source: MergedSource) {
    this.#metric = metric
    this.#source = source
    this.#values = metric.createTable()
    this.#values.reserve(metric.slots.length)
    this.#point = metric.createTable()
    this.#point.reserve(1)
    const column = source.columns.get(metric)
    column?.forEachRow((row, slot) => {
      this.#values.add(slot, column.values, row)
      this.#slots.add(slot)
    })
  }

  /** Subtracts values that are not exported. */
  subtract({ snapshot }: OwnSnapshot): void {
    this.#endTime = snapshot.intervalStart
    this.#forEachPoint(snapshot, (slot) => this.#values.subtract(slot, this.#point, 0))
  }

  /** Replaces values by those that were exported. */
  replace({ snapshot }: OwnSnapshot): void {
    this.#endTime = snapshot.endTime
    for (const slot of this.#slots) this.#values.clear(slot)
    this.#forEachPoint(snapshot, (slot) => this.#values.add(slot, this.#point, 0))
  }

  toExported(): ExportedValues {
    const slots = [...this.#slots]
    const series = slots.flatMap((slot) => this.#metric.slots.get(slot) ?? [])
    return {
      ids: series.map(({ id }) => id),
      attributes: series.map(({ attributes }) => attributes),
      values: this.#values.pick(slots),
      endTime: this.#endTime,
    }
  }

  #forEachPoint(snapshot: OwnSnapshot['snapshot'], visit: (slot: number) => void): void {
    for (let i = 0; i < snapshot.size; i += 1) {
      const slot = this.#source.findSlot(this.#metric, snapshot.attributes[i] ?? {})
      this.#point.clear(0)
      if (slot >= 0 && this.#point.setPoint(0, snapshot.storage.point(i))) visit(slot)
    }
  }
}

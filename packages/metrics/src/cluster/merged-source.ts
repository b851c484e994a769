import type { Attributes } from '@opentelemetry/api'
import type { MergedMetric } from './merged-metric.ts'
import type { MetricIdentity } from './messages.ts'
import { SourceColumn } from './source-column.ts'

/** A series of a source. */
interface SourceSeries {
  readonly metric: MergedMetric
  readonly column: SourceColumn
  readonly row: number
}

/** A process that pushes its metrics: its ids and its values. */
export class MergedSource {
  /** Value of the label `worker` of gauges with the rule `by_worker`. */
  readonly worker: string
  /** Whether its gauges do not count, because it has not pushed for some time. */
  isStale = false
  /** Whether its gauges have been removed. Its counters still count. */
  isEnded = false
  /** Sequence number of the newest push. */
  sequence = Number.NEGATIVE_INFINITY
  /** Number of the newest push among those of all sources. */
  stamp = 0
  readonly columns = new Map<MergedMetric, SourceColumn>()
  /** Definitions that conflict with those of other sources, by the key of the metric. */
  readonly rejected = new Map<string, MetricIdentity>()
  #metrics: (MergedMetric | undefined)[] = []
  #series: (SourceSeries | undefined)[] = []

  constructor(worker: string) {
    this.worker = worker
  }

  /** Assigns an id to a metric; `undefined` if the metric is not merged. */
  defineMetric(id: number, metric: MergedMetric | undefined): void {
    this.#metrics[id] = metric
  }

  series(id: number): SourceSeries | undefined {
    return this.#series[id]
  }

  /** Assigns an id to a series. The id replaces an older series that had it. */
  defineSeries(id: number, metricId: number, attributes: Attributes, startMs: number, version: number): void {
    const metric = this.#metrics[metricId]
    if (metric === undefined || (this.isEnded && !metric.isCumulative)) {
      this.removeSeries(id, version)
      return
    }
    const column = this.#columnOf(metric)
    const slot = metric.slots.locate(this.#mergedAttributes(metric, attributes), startMs, version)
    metric.markChanged(slot)
    const known = this.#series[id]
    if (known?.column === column && column.slotOf(known.row) === slot) {
      restart(known, startMs, version)
      return
    }
    this.removeSeries(id, version)
    const row = column.rowFor(slot, metric.slots.isOverflow(slot), startMs)
    column.setId(row, id)
    this.#series[id] = { metric, column, row }
  }

  /** Returns the merged slot of a series of this source, or -1. */
  findSlot(metric: MergedMetric, attributes: Attributes): number {
    return metric.slots.find(this.#mergedAttributes(metric, attributes))
  }

  /**
   * Removes a series that is no longer observed. A counter keeps its value: if the series is observed again, its value continues.
   */
  removeSeries(id: number, version: number): void {
    const known = this.#series[id]
    if (known === undefined) return
    this.#series[id] = undefined
    const { metric, column, row } = known
    const slot = column.slotOf(row)
    column.setId(row, -1)
    if (metric.isCumulative && !metric.slots.isOverflow(slot)) return
    // A row of the overflow series cannot be found again, so that rows of series that never return would accumulate.
    if (metric.isCumulative) metric.retire(column, row, version)
    column.removeRow(row)
    metric.markChanged(slot)
  }

  /** Forgets the ids. The source will define and push everything again. */
  reconnect(): void {
    this.removeGauges()
    this.rejected.clear()
    this.#metrics = []
    this.#series = []
    this.sequence = Number.NEGATIVE_INFINITY
    this.isEnded = false
    for (const [metric, column] of this.columns) {
      column.forEachRow((row, slot) => {
        column.setId(row, -1)
        if (!metric.slots.isOverflow(slot)) return
        column.removeRow(row)
        metric.markChanged(slot)
      })
    }
  }

  /** Removes the gauges, and the sums that can fall. */
  removeGauges(): void {
    for (const metric of this.columns.keys()) if (!metric.isCumulative) this.#removeColumn(metric)
  }

  /** Marks all gauges, because the source has become stale or live. */
  markGaugesChanged(): void {
    for (const [metric, column] of this.columns)
      if (!metric.isCumulative) column.forEachRow((_row, slot) => metric.markChanged(slot))
  }

  /** Removes the values of all metrics from the metrics. */
  removeAll(): void {
    for (const metric of this.columns.keys()) this.#removeColumn(metric)
  }

  #mergedAttributes({ isCumulative, identity }: MergedMetric, attributes: Attributes): Attributes {
    if (isCumulative || identity.merge !== 'by_worker') return attributes
    const { worker: exported, ...others } = attributes
    // Prometheus gives a label that conflicts with one of its own this prefix.
    return { ...others, worker: this.worker, ...(exported !== undefined && { exported_worker: exported }) }
  }

  #removeColumn(metric: MergedMetric): void {
    const column = this.columns.get(metric)
    if (column === undefined) return
    metric.columns = metric.columns.filter((other) => other !== column)
    this.columns.delete(metric)
    column.forEachRow((row, slot) => {
      const id = column.idOf(row)
      if (id >= 0) this.#series[id] = undefined
      metric.markChanged(slot)
    })
  }

  #columnOf(metric: MergedMetric): SourceColumn {
    const known = this.columns.get(metric)
    if (known !== undefined) return known
    const column = new SourceColumn(metric.createTable(), this)
    this.columns.set(metric, column)
    metric.columns = [...metric.columns, column]
    return column
  }
}

/** A newer start of a known series: its counter was reset, and starts again from 0. */
function restart({ metric, column, row }: SourceSeries, startMs: number, version: number): void {
  const isReset = metric.isCumulative && startMs > (column.starts[row] ?? startMs)
  column.starts[row] = startMs
  if (!isReset) return
  metric.retire(column, row, version)
  column.values.clear(row)
}

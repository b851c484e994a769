import type { Attributes, HrTime } from '@opentelemetry/api'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import { DELTA } from '../sdk-values.ts'
import type { MergedExemplar } from './merged-exemplars.ts'
import type { MergedMetric } from './merged-metric.ts'
import {
  type MetricSnapshot,
  pointExemplars,
  type ScopedSnapshot,
  streamOptions,
  toStreamSnapshot,
} from './metric-snapshot.ts'
import type { ValueTable } from './value-table.ts'

/** What a reader has exported of one metric. */
export interface ExportedValues {
  /** Ids of the series. */
  readonly ids: readonly number[]
  readonly attributes: readonly Attributes[]
  /** Cumulative values, in the order of the ids. */
  readonly values: ValueTable
  /** End of the last interval; undefined: the start of the series. */
  readonly endTime: HrTime | undefined
}

/** Returns the values of snapshots as exported. */
export function exportedValues(
  snapshots: readonly MetricSnapshot[],
  endTime: HrTime,
): ReadonlyMap<MergedMetric, ExportedValues> {
  return new Map(
    snapshots.map(({ metric, ids, attributes, values }) => [metric, { ids, attributes, values, endTime }]),
  )
}

/** Converts the merged metrics to differences from the last collection of one reader, for instruments that it exports as deltas. */
export class DeltaConverter {
  readonly #reader: IMetricReader
  #exported: ReadonlyMap<MergedMetric, ExportedValues>
  #exportedVersion: number

  /** @param exported what the reader has exported already */
  constructor(reader: IMetricReader, exported: ReadonlyMap<MergedMetric, ExportedValues>, version: number) {
    this.#reader = reader
    this.#exported = exported
    this.#exportedVersion = version
  }

  /** @param version version of the store at the time of the snapshots */
  convert(snapshots: readonly MetricSnapshot[], version: number, endTime: HrTime): ScopedSnapshot[] {
    const converted = snapshots.map((snapshot) => {
      const { type } = streamOptions(snapshot.metric.identity).descriptor
      return this.#reader.selectAggregationTemporality(type) === DELTA
        ? this.#toDelta(snapshot, endTime)
        : toStreamSnapshot(snapshot, endTime)
    })
    this.#exported = exportedValues(snapshots, endTime)
    this.#exportedVersion = version
    return converted
  }

  #toDelta(snapshot: MetricSnapshot, endTime: HrTime): ScopedSnapshot {
    const { metric, ids, starts } = snapshot
    const exported = this.#exported.get(metric)
    const values = snapshot.values.pick(ids.map((_id, row) => row))
    const attributes = [...snapshot.attributes]
    const intervalStarts = [...starts]
    const rowOfId = new Map(exported?.ids.map((id, row) => [id, row]))
    const kept = ids.flatMap((id, row) => {
      const exportedRow = rowOfId.get(id)
      rowOfId.delete(id)
      if (metric.identity.kind === 'gauge' || exported === undefined || exportedRow === undefined)
        return [row]
      intervalStarts[row] = exported.endTime ?? intervalStarts[row] ?? endTime
      return values.subtract(row, exported.values, exportedRow) ? [row] : []
    })
    // The deltas of a sum that can fall add up to 0 when its last source has ended.
    for (const exportedRow of metric.identity.kind === 'sum' ? rowOfId.values() : []) {
      if (exported === undefined) continue
      const row = attributes.push(exported.attributes[exportedRow] ?? {}) - 1
      intervalStarts[row] = exported.endTime ?? endTime
      values.reserve(row + 1)
      values.clear(row)
      if (values.subtract(row, exported.values, exportedRow)) kept.push(row)
    }
    const ofKept = <T>(items: readonly T[]): T[] => kept.map((row) => items[row] as T)
    const exemplars = ofKept(snapshot.exemplars).map((all) => newExemplars(all ?? [], this.#exportedVersion))
    return {
      ...toStreamSnapshot(snapshot, endTime),
      options: { ...streamOptions(metric.identity), temporality: DELTA },
      size: kept.length,
      attributes: ofKept(attributes),
      starts: ofKept(intervalStarts),
      storage: values.pick(kept).toStorage(false),
      exemplars: pointExemplars(exemplars),
    }
  }
}

function newExemplars(exemplars: readonly MergedExemplar[], since: number): readonly MergedExemplar[] {
  return exemplars.filter(({ version }) => version > since)
}

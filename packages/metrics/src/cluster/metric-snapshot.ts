import type { Attributes, HrTime } from '@opentelemetry/api'
import type { InstrumentType, ScopeMetrics } from '@opentelemetry/sdk-metrics'
import { buildMetric, EventLoopYielder } from '../collect/build-metric.ts'
import { CUMULATIVE } from '../sdk-values.ts'
import {
  type Aggregation,
  exponentialHistogramAggregation,
  histogramAggregation,
  LAST_VALUE,
  sumAggregation,
} from '../series/aggregation.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import type { MergedExemplar } from './merged-exemplars.ts'
import type { MergedMetric } from './merged-metric.ts'
import type { MetricIdentity } from './messages.ts'
import type { ValueTable } from './value-table.ts'

/** Consistent copy of the merged values of one metric. */
export interface MetricSnapshot {
  readonly metric: MergedMetric
  /** Slots of the series that have a value. */
  readonly slots: readonly number[]
  /** Ids of these series: a slot with another id has another series. */
  readonly ids: readonly number[]
  readonly attributes: readonly Attributes[]
  readonly starts: readonly HrTime[]
  /** Values in the order of `slots`. */
  readonly values: ValueTable
  readonly exemplars: readonly (readonly MergedExemplar[])[]
}

/** Copies the merged values of a metric, of which all changes are merged. */
export function snapshotMetric(metric: MergedMetric): MetricSnapshot {
  const slots = metric.slots.visible()
  const series = slots.flatMap((slot) => metric.slots.get(slot) ?? [])
  return {
    metric,
    slots,
    ids: series.map(({ id }) => id),
    attributes: series.map(({ attributes }) => attributes),
    starts: series.map(({ start }) => start),
    values: metric.merged.pick(slots),
    exemplars: slots.map((slot) => metric.exemplars.of(slot)),
  }
}

/** Builds the cumulative metrics of these snapshots, by scope. */
export function buildCumulative(
  snapshots: readonly MetricSnapshot[],
  endTime: HrTime,
): Promise<ScopeMetrics[]> {
  return buildScopes(snapshots.map((snapshot) => toStreamSnapshot(snapshot, endTime)))
}

/** A metric in the form from which data points are built, and its scope. */
export interface ScopedSnapshot extends StreamSnapshot {
  readonly scope: MetricIdentity['scope']
}

/** Returns the cumulative data of a snapshot. */
export function toStreamSnapshot(snapshot: MetricSnapshot, endTime: HrTime): ScopedSnapshot {
  const { metric, slots, attributes, starts, values, exemplars } = snapshot
  return {
    scope: metric.identity.scope,
    options: { ...streamOptions(metric.identity), temporality: CUMULATIVE },
    size: slots.length,
    attributes,
    starts,
    intervalStart: undefined,
    endTime,
    storage: values.toStorage(),
    exemplars: pointExemplars(exemplars),
  }
}

/** Returns exemplars, by row, for data points. */
export function pointExemplars(
  exemplars: readonly (readonly MergedExemplar[])[],
): StreamSnapshot['exemplars'] {
  return {
    errors: [],
    forSlot: (row) => {
      const ofRow = exemplars[row] ?? []
      return ofRow.length === 0 ? undefined : ofRow.map(({ exported }) => exported)
    },
  }
}

/** Builds metrics in slices that yield to the event loop. Metrics without series are left out. */
export async function buildScopes(snapshots: readonly ScopedSnapshot[]): Promise<ScopeMetrics[]> {
  const yielder = new EventLoopYielder()
  const scopes = new Map<string, ScopeMetrics>()
  for (const snapshot of snapshots) {
    if (snapshot.size === 0) continue
    const { scope } = snapshot
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl])
    const built = scopes.get(key) ?? { scope, metrics: [] }
    scopes.set(key, built)
    built.metrics.push(await buildMetric(snapshot, yielder))
  }
  return [...scopes.values()]
}

/** Returns the descriptor and the aggregation of a metric. */
export function streamOptions(
  identity: MetricIdentity,
): Pick<StreamSnapshot['options'], 'descriptor' | 'aggregation'> {
  const { name, description, unit, valueType } = identity
  const type = identity.instrument as InstrumentType
  return {
    descriptor: { name, description, unit, type, valueType, advice: {} },
    aggregation: aggregationOf(identity),
  }
}

/** The configuration of the storage is not used: the values have their own. */
function aggregationOf({ kind, isMonotonic, boundaries }: MetricIdentity): Aggregation {
  switch (kind) {
    case 'sum':
      return sumAggregation(isMonotonic)
    case 'gauge':
      return LAST_VALUE
    case 'histogram':
      return histogramAggregation({ boundaries, recordMinMax: true, recordSum: isMonotonic })
    case 'exponential_histogram':
      return exponentialHistogramAggregation({ maxSize: 160, recordMinMax: true, recordSum: isMonotonic })
  }
}

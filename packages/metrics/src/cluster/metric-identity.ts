import type { TrackedMetric } from '../collect/tracked-metric.ts'
import { EXPONENTIAL_HISTOGRAM_POINT, GAUGE_POINT, HISTOGRAM_POINT } from '../sdk-values.ts'
import { acceptsNegativeValues } from '../series/instrument-descriptor.ts'
import type { GaugeMerge } from './gauge-merge.ts'
import type { MetricIdentity } from './messages.ts'

/** Returns the rule of a metric by its name; undefined for the default rule. */
export type MergeLookup = (name: string) => GaugeMerge | undefined

/** Returns the identity of a metric for a push. The default rule is `by_worker` for gauges and `sum` for sums that can fall. */
export function identityOf(
  { scope, descriptor, aggregation }: TrackedMetric,
  mergeOf: MergeLookup,
): MetricIdentity {
  const { name, description, unit, type, valueType } = descriptor
  const kind = kindOf(aggregation.dataPointType)
  const isMonotonic = kind === 'gauge' ? false : (aggregation.isMonotonic ?? !acceptsNegativeValues(type))
  return {
    scope: {
      name: scope.name,
      ...(scope.version === undefined ? undefined : { version: scope.version }),
      ...(scope.schemaUrl === undefined ? undefined : { schemaUrl: scope.schemaUrl }),
    },
    name,
    description,
    unit,
    instrument: type,
    valueType,
    kind,
    isMonotonic,
    boundaries: aggregation.reservoirStream.boundaries,
    merge: mergeOf(name) ?? (kind === 'gauge' ? 'by_worker' : 'sum'),
  }
}

function kindOf(dataPointType: TrackedMetric['aggregation']['dataPointType']): MetricIdentity['kind'] {
  switch (dataPointType) {
    case HISTOGRAM_POINT:
      return 'histogram'
    case EXPONENTIAL_HISTOGRAM_POINT:
      return 'exponential_histogram'
    case GAUGE_POINT:
      return 'gauge'
    default:
      return 'sum'
  }
}

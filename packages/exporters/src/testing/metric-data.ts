import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type GaugeMetricData,
  type Histogram,
  type HistogramMetricData,
  type MetricData,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import type { EscapingScheme } from '../prometheus/naming/escaping.ts'
import type { NamingSettings } from '../prometheus/naming/metric-name.ts'
import type { ExemplarPoint } from '../prometheus/text/exemplar.ts'
import { Exposition, type ExpositionSettings } from '../prometheus/text/exposition.ts'
import type { ExpositionFormat } from '../prometheus/text/format.ts'
import { defaultFormat } from '../prometheus/text/formats.ts'

/** Start and end time of every series. */
export const START: HrTime = [1_700_000_000, 500_000_000]
export const END: HrTime = [1_700_000_060, 0]

const noResource: Resource = resourceFromAttributes({})

export function resourceMetrics(
  metrics: MetricData[],
  {
    scope = { name: 'test' },
    resource = noResource,
  }: { scope?: { name: string; version?: string }; resource?: Resource } = {},
): ResourceMetrics {
  return { resource, scopeMetrics: [{ scope, metrics }] }
}

export function collection(collected: ResourceMetrics, errors: unknown[] = []): CollectionResult {
  return { resourceMetrics: collected, errors }
}

export function point<T>(
  value: T,
  attributes: Attributes = {},
  exemplars?: readonly Exemplar[],
): ExemplarPoint<T> {
  const plain = { value, attributes, startTime: START, endTime: END }
  return exemplars === undefined ? plain : { ...plain, exemplars }
}

interface Described {
  readonly unit?: string
  readonly description?: string
}

function base(name: string, { unit = '', description = '' }: Described) {
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
}

export function counter(
  name: string,
  dataPoints: ExemplarPoint<number>[],
  described: Described = {},
): SumMetricData {
  return { ...base(name, described), dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
}

export function upDownCounter(
  name: string,
  dataPoints: ExemplarPoint<number>[],
  described: Described = {},
): SumMetricData {
  return { ...counter(name, dataPoints, described), isMonotonic: false }
}

export function gauge(
  name: string,
  dataPoints: ExemplarPoint<number>[],
  described: Described = {},
): GaugeMetricData {
  return { ...base(name, described), dataPointType: DataPointType.GAUGE, dataPoints }
}

export function histogram(
  name: string,
  dataPoints: ExemplarPoint<Histogram>[],
  described: Described = {},
): HistogramMetricData {
  return { ...base(name, described), dataPointType: DataPointType.HISTOGRAM, dataPoints }
}

/** Returns the histogram of these values. */
export function observed(boundaries: number[], values: readonly number[]): Histogram {
  const counts = new Array<number>(boundaries.length + 1).fill(0)
  for (const value of values) {
    const above = boundaries.findIndex((bound) => value <= bound)
    const bucket = above === -1 ? boundaries.length : above
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  const sum = values.reduce((total, value) => total + value, 0)
  return { buckets: { boundaries, counts }, count: values.length, sum }
}

/** Default naming settings. */
export const NAMING: NamingSettings = { prefix: '', translationStrategy: 'UnderscoreEscapingWithSuffixes' }

/** Exposition settings without scope labels. */
export const PLAIN: ExpositionSettings = {
  ...NAMING,
  withResourceConstantLabels: undefined,
  withoutScopeInfo: true,
  withoutTargetInfo: false,
  unlabelledScopes: new Set(),
  created: false,
}

/** An exposition without scope labels by default, and its warnings. */
export function exposition(
  settings: Partial<ExpositionSettings> = {},
  scheme: EscapingScheme = 'underscores',
): { exposition: Exposition; reports: string[] } {
  const reports: string[] = []
  const written = new Exposition({ ...PLAIN, ...settings }, scheme, (message) => reports.push(message))
  return { exposition: written, reports }
}

/** Writes one exposition; returns its text and the warnings. */
export function written(
  collected: ResourceMetrics,
  format: ExpositionFormat = defaultFormat,
  settings: Partial<ExpositionSettings> = {},
  scheme: EscapingScheme = 'underscores',
): { text: string; reports: string[] } {
  const { exposition: writer, reports } = exposition(settings, scheme)
  return { text: [...writer.write(collected, format)].join(''), reports }
}

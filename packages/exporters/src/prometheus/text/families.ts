import type { InstrumentationScope } from '@opentelemetry/core'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import {
  CUMULATIVE,
  EXPONENTIAL_HISTOGRAM_POINT,
  exposedFamily,
  type Family,
  GAUGE_POINT,
  HISTOGRAM_POINT,
  SUM_POINT,
} from '@vr/otel-metrics/internal'
import { type FamilyName, type FamilyType, familyTypeOf, type InstrumentKind } from '../naming/metric-name.ts'
import type { Naming } from '../naming/naming.ts'
import type { WarnOnce } from '../warn-once.ts'

/** One metric of one scope inside a family. */
export interface FamilyPart {
  readonly scope: InstrumentationScope
  readonly metric: MetricData
}

/** All metrics that have one Prometheus name. A family is written once and in one piece. */
export interface MetricFamily extends FamilyName {
  readonly type: FamilyType
  /** Whether the family was read from another exposition: its names are not translated. */
  readonly isExposed: boolean
  /** Description of the instrument, or empty text. */
  readonly help: string
  readonly parts: readonly FamilyPart[]
}

type Draft = MetricFamily & { help: string; unit: string; readonly parts: FamilyPart[] }

/** Suffixes of the sample names of a family by its type. `_created` is reserved even where it is not written. */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['', '_bucket', '_count', '_sum', '_created'],
  info: ['', '_info'],
  summary: ['', '_count', '_sum', '_created'],
  unknown: [''],
  stateset: [''],
  gaugehistogram: ['', '_bucket', '_gcount', '_gsum'],
}

/** Returns every name that no other family may have (OpenMetrics 1.0, "MetricFamily names must not clash"). */
export function sampleNames(name: string, type: FamilyType): readonly string[] {
  return SUFFIXES[type].map((suffix) => name + suffix)
}

/**
 * Groups metrics by their Prometheus name, in the order of their first appearance. A metric that conflicts with an
 * earlier one (another type under the same name, or the name of a sample of another family) is not exposed, with a
 * warning. If descriptions differ, the first one is exposed.
 */
export function groupFamilies(
  collected: ResourceMetrics,
  naming: Naming,
  warnOnce: WarnOnce,
): MetricFamily[] {
  const families = new Map<string, Draft>()
  const reserved = new Map<string, string>()
  for (const name of sampleNames('target', 'info')) reserved.set(name, 'target')
  for (const { scope, metrics } of collected.scopeMetrics) {
    for (const metric of metrics) {
      const exposed = exposedFamily(metric)
      if (exposed !== undefined) addExposed({ scope, metric }, exposed, naming, families, reserved, warnOnce)
      else if (metric.dataPoints.length > 0)
        addMetric({ scope, metric }, naming, families, reserved, warnOnce)
    }
  }
  return [...families.values()]
}

function addMetric(
  part: FamilyPart,
  naming: Naming,
  families: Map<string, Draft>,
  reserved: Map<string, string>,
  warnOnce: WarnOnce,
): void {
  const { name: instrument, unit, description } = part.metric.descriptor
  const kind = instrumentKind(part.metric)
  const name = kind && naming.family({ name: instrument, unit, kind })
  const reason = exclusionReason(part.metric, kind, name)
  if (kind === undefined || name === undefined || reason !== undefined) {
    warnOnce(`the metric ${JSON.stringify(instrument)} is not exposed: ${reason}`)
    return
  }
  const type = familyTypeOf(kind)
  const family = families.get(name.name)
  if (family?.type === type && !family.isExposed) {
    addPart(family, part, name, warnOnce)
    return
  }
  const names = sampleNames(name.name, type)
  const taken = names.find((sample) => reserved.has(sample))
  if (taken !== undefined) {
    warnOnce(
      `the metric ${JSON.stringify(instrument)} (${type} ${name.name}) is not exposed: the name ${taken} belongs to ${reserved.get(taken)}; rename one of the instruments`,
    )
    return
  }
  for (const sample of names) reserved.set(sample, name.name)
  families.set(name.name, { ...name, type, isExposed: false, help: description ?? '', parts: [part] })
}

/** Adds a family that was read from another exposition, unless another family has one of its names. */
function addExposed(
  part: FamilyPart,
  exposed: Family,
  naming: Naming,
  families: Map<string, Draft>,
  reserved: Map<string, string>,
  warnOnce: WarnOnce,
): void {
  const { type, help, points } = exposed
  if (points.length === 0) return
  const name = naming.exposed.family(exposed)
  const names = sampleNames(name.name, type)
  const taken = names.find((sample) => reserved.has(sample))
  if (taken !== undefined) {
    warnOnce(
      `the metric ${name.classicName} of an engine or another library is not exposed: the name ${taken} belongs to ${reserved.get(taken)}`,
    )
    return
  }
  for (const sample of names) reserved.set(sample, name.name)
  families.set(name.name, { ...name, type, isExposed: true, help, parts: [part] })
}

function addPart(family: Draft, part: FamilyPart, name: FamilyName, warnOnce: WarnOnce): void {
  const help = part.metric.descriptor.description ?? ''
  if (family.help === '') family.help = help
  else if (help !== '' && help !== family.help) {
    warnOnce(
      `${family.name} has two descriptions: ${JSON.stringify(family.help)} is exposed, ${JSON.stringify(help)} is not`,
    )
  }
  if (family.unit === '') family.unit = name.unit
  family.parts.push(part)
}

/** Kind of the instrument behind collected data; of observable instruments that of the synchronous counterpart. */
function instrumentKind(metric: MetricData): InstrumentKind | undefined {
  switch (metric.dataPointType) {
    case SUM_POINT:
      return metric.isMonotonic ? 'counter' : 'up_down_counter'
    case GAUGE_POINT:
      return 'gauge'
    case HISTOGRAM_POINT:
    case EXPONENTIAL_HISTOGRAM_POINT:
      return 'histogram'
    default:
      return undefined
  }
}

function exclusionReason(
  metric: MetricData,
  kind: InstrumentKind | undefined,
  name: FamilyName | undefined,
): string | undefined {
  if (kind === undefined) return 'its type of data point is unknown'
  if (name === undefined) return 'no character of its name is allowed in a Prometheus name'
  if (metric.dataPointType === GAUGE_POINT) return undefined
  if (metric.aggregationTemporality === CUMULATIVE) return undefined
  return 'its temporality is delta; Prometheus needs cumulative'
}

import type { InstrumentationScope } from '@opentelemetry/core'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { CUMULATIVE, EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM } from '../../sdk-values.ts'
import type { FamilyName, FamilyType, Naming } from '../naming/naming.ts'
import type { WarnOnce } from '../warn-once.ts'

/** One metric of one scope inside a family. */
export interface FamilyPart {
  readonly scope: InstrumentationScope
  readonly metric: MetricData
}

/** All metrics that are exposed under one name: written once and in one piece. */
export interface MetricFamily extends FamilyName {
  readonly type: Exclude<FamilyType, 'info'>
  /** Description as given, or empty text. */
  readonly help: string
  readonly parts: readonly FamilyPart[]
}

type Draft = MetricFamily & { help: string; unit: string; readonly parts: FamilyPart[] }

/** Names of samples that a family of a type may have; `_created` counts even where it is not written. */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['', '_bucket', '_count', '_sum', '_created'],
  info: ['', '_info'],
}

/** Every name that no other family may have (OpenMetrics 1.0, "MetricFamily names must not clash"). */
export function sampleNames(name: string, type: FamilyType): readonly string[] {
  return SUFFIXES[type].map((suffix) => name + suffix)
}

/**
 * Puts metrics with the same name together, in the order of their first appearance. What cannot be
 * exposed beside what came before it (another type under the same name, or a name that is a sample of
 * another family) is left out and reported once; of two descriptions the first is kept.
 */
export function groupFamilies(collected: ResourceMetrics, naming: Naming, report: WarnOnce): MetricFamily[] {
  const families = new Map<string, Draft>()
  const claimed = new Map<string, string>()
  for (const name of sampleNames('target', 'info')) claimed.set(name, 'target')
  for (const { scope, metrics } of collected.scopeMetrics) {
    for (const metric of metrics) {
      if (metric.dataPoints.length > 0) addMetric({ scope, metric }, naming, families, claimed, report)
    }
  }
  return [...families.values()]
}

function addMetric(
  part: FamilyPart,
  naming: Naming,
  families: Map<string, Draft>,
  claimed: Map<string, string>,
  report: WarnOnce,
): void {
  const { name: instrument, unit, description } = part.metric.descriptor
  const type = familyType(part.metric)
  const ratio = part.metric.dataPointType === GAUGE
  const name = type && naming.family({ name: instrument, unit, type, ratio })
  const problem = exclusionReason(part.metric, type, name)
  if (type === undefined || name === undefined || problem !== undefined) {
    report(`${JSON.stringify(instrument)} is left out: ${problem}`)
    return
  }
  const family = families.get(name.name)
  if (family?.type === type) {
    addPart(family, part, name, report)
    return
  }
  const names = sampleNames(name.name, type)
  const taken = names.find((sample) => claimed.has(sample))
  if (taken !== undefined) {
    report(
      `${JSON.stringify(instrument)} (${type} ${name.name}) is left out: ${claimed.get(taken)} has the name ${taken}`,
    )
    return
  }
  for (const sample of names) claimed.set(sample, name.name)
  families.set(name.name, { ...name, type, help: description ?? '', parts: [part] })
}

function addPart(family: Draft, part: FamilyPart, name: FamilyName, report: WarnOnce): void {
  const help = part.metric.descriptor.description ?? ''
  if (family.help === '') family.help = help
  else if (help !== '' && help !== family.help) {
    report(
      `${family.name} has two descriptions, ${JSON.stringify(family.help)} is used, not ${JSON.stringify(help)}`,
    )
  }
  if (family.unit === '') family.unit = name.unit
  family.parts.push(part)
}

function familyType(metric: MetricData): MetricFamily['type'] | undefined {
  switch (metric.dataPointType) {
    case SUM:
      return metric.isMonotonic ? 'counter' : 'gauge'
    case GAUGE:
      return 'gauge'
    case HISTOGRAM:
    case EXPONENTIAL_HISTOGRAM:
      return 'histogram'
    default:
      return undefined
  }
}

function exclusionReason(
  metric: MetricData,
  type: string | undefined,
  name: FamilyName | undefined,
): string | undefined {
  if (type === undefined) return 'its kind of data point is not known'
  if (name === undefined) return 'nothing of its name is allowed in a metric name'
  if (metric.dataPointType === GAUGE) return undefined
  if (metric.aggregationTemporality === CUMULATIVE) return undefined
  return 'its temporality is delta, and an exposition is cumulative'
}

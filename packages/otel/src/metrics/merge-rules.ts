import { DELIVERY_METRIC_DEFINITIONS } from '@vr/otel-exporters'
import { CATALOG, type Group, type InstrumentDefinition, type Prefixes } from '@vr/otel-instruments'
import { PROMETHEUS_PROCESS_METRICS, prefixOf } from '@vr/otel-instruments/internal'
import type { GaugeMerge } from '@vr/otel-metrics/cluster'
import { CLUSTER_METRIC_DEFINITIONS } from '../cluster/cluster-metrics.ts'
import type { Settings } from '../config/settings.ts'

/** Definitions of instruments that are not in the catalog. Their names have no prefix. */
const OTHERS: readonly InstrumentDefinition[] = [
  ...PROMETHEUS_PROCESS_METRICS,
  ...Object.values(DELIVERY_METRIC_DEFINITIONS),
  ...Object.values(CLUSTER_METRIC_DEFINITIONS),
]

/** Returns the merge rule of a gauge by the name of its instrument; `undefined` for the default of its type. */
export type MergeRuleOf = (name: string) => GaugeMerge | undefined

/** Returns the rules of `VR_CLUSTER_GAUGES` and of this project. Names of instruments are case-insensitive. */
export function mergeRuleOf({
  metricsPrefix: prefix,
  llamaStackPrefix,
  clusterGauges,
}: Pick<Settings, 'metricsPrefix' | 'llamaStackPrefix' | 'clusterGauges'>): MergeRuleOf {
  const rules = new Map(mergeRules({ prefix, llamaStackPrefix }))
  for (const [name, rule] of Object.entries(clusterGauges)) rules.set(name.toLowerCase(), rule)
  return (name) => rules.get(name.toLowerCase())
}

/** Returns the merge rule of each gauge and up-down counter of this project, by the lower-case name of its instrument. */
export function mergeRules(prefixes: Prefixes): ReadonlyMap<string, GaugeMerge> {
  const rules = new Map<string, GaugeMerge>()
  const add = ({ name, merge }: InstrumentDefinition, start: string): void => {
    if (merge !== undefined) rules.set((start + name).toLowerCase(), merge)
  }
  for (const group of Object.keys(CATALOG) as Group[]) {
    const prefix = prefixOf(group, prefixes)
    const start = prefix === '' ? '' : `${prefix}.`
    for (const definition of CATALOG[group]) add(definition, definition.isSemconv === true ? '' : start)
  }
  for (const definition of OTHERS) add(definition, '')
  return rules
}

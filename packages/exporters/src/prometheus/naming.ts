import { type EscapingScheme, escapeName } from './escaping.ts'
import { unitWords } from './units.ts'

/** Kind of a metric family as TYPE lines name it; the one `info` family is `target`. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'info'

/** What a name is made of. */
export interface NamedMetric {
  /** Name of the instrument. */
  readonly name: string
  /** UCUM unit of the instrument. */
  readonly unit: string
  readonly type: FamilyType
  /** True for gauges made by gauge instruments: only they get `_ratio` for the unit `1`. */
  readonly ratio: boolean
}

/** Name of a family and of its unit, both as they are written. */
export interface FamilyName {
  /** Name on the metadata lines of OpenMetrics: without `_total` and without `_info`. */
  readonly name: string
  /** Name of the samples of a counter, else equal to `name`. */
  readonly sampleName: string
  /** Unit word that ends `name`, or empty text. */
  readonly unit: string
}

/** Most label names that are kept; there are few unless keys are made from data. */
const REMEMBERED = 1000

/** Turns OpenTelemetry names into names of one exposition. */
export interface Naming {
  /** Undefined if nothing of the name can be written. */
  family(metric: NamedMetric): FamilyName | undefined
  /** A label name that is valid; two attributes may get the same one. */
  label(key: string): string
}

/**
 * Names by the OpenTelemetry-Prometheus compatibility rules (underscores, with suffixes), then escaped by
 * the scheme that the scraper asked for.
 *
 * @param prefix put before every family but `target`, joined by `_`; empty text for none
 */
export function createNaming(prefix: string, scheme: EscapingScheme): Naming {
  const labels = new Map<string, string>()
  return {
    family: (metric) => familyName(prefix, scheme, metric),
    label: (key) => {
      let label = labels.get(key)
      if (label === undefined) {
        label = withoutReservedStart(escapeName(labelName(key), scheme))
        if (labels.size < REMEMBERED) labels.set(key, label)
      }
      return label
    },
  }
}

function familyName(prefix: string, scheme: EscapingScheme, metric: NamedMetric): FamilyName | undefined {
  const base = metricName(prefix === '' ? metric.name : `${prefix}_${metric.name}`)
  if (!/[a-zA-Z0-9:]/.test(base)) return undefined
  const counter = metric.type === 'counter'
  const unit = metric.ratio && metric.unit === '1' ? 'ratio' : unitWords(metric.unit)
  const named = withSuffix(counter ? base.replace(/_total$/, '') : base, unit)
  return escaped(counter ? `${named}_total` : named, unit, counter, scheme)
}

/** Escapes the name that samples have; the family name is that without the suffix of its type. */
function escaped(sampleName: string, unit: string, counter: boolean, scheme: EscapingScheme): FamilyName {
  const written = escapeName(sampleName, scheme)
  const name = counter ? written.slice(0, -'_total'.length) : written
  const unitWritten = unit === '' ? '' : escapeName(unit, scheme)
  return { name, sampleName: written, unit: name.endsWith(`_${unitWritten}`) ? unitWritten : '' }
}

function metricName(name: string): string {
  const legacy = name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/_{2,}/g, '_')
  return /^[0-9]/.test(legacy) ? `_${legacy}` : legacy
}

function withSuffix(name: string, suffix: string): string {
  if (suffix === '' || name === suffix || name.endsWith(`_${suffix}`)) return name
  return `${name.replace(/_+$/, '')}_${suffix}`
}

/** Runs collapse, so no name starts with `__`, which Prometheus keeps for itself. */
function labelName(key: string): string {
  const legacy = key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_{2,}/g, '_')
  if (legacy === '') return '_'
  return /^[0-9]/.test(legacy) ? `key_${legacy}` : legacy
}

/** `dots` doubles underscores: an attribute `__name__` must not come back as the name of the metric. */
function withoutReservedStart(label: string): string {
  return label.startsWith('__') ? `key${label}` : label
}

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
  /** Name of a counter or an info in the classic formats, else equal to `name`. */
  readonly classicName: string
  /** Unit word that ends `name`, or empty text. */
  readonly unit: string
}

/**
 * How names of OpenTelemetry become names of Prometheus (compatibility rules, "translation_strategy"): with
 * every discouraged character as an underscore or as it is, and with unit and `_total` at the end or without.
 * Names that stay as they are reach scrapers that ask for `escaping=allow-utf-8`; for others they are escaped
 * in the way that these ask for. OpenMetrics has `_total` on the samples of counters in any case.
 */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation'

/** What decides about names, but for what a scraper asks for. */
export interface NamingSettings {
  /** Put before every family but `target`, joined by `_`; empty text for none. */
  readonly prefix: string
  readonly translationStrategy: TranslationStrategy
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
 * Names by the OpenTelemetry-Prometheus compatibility rules: translated by the strategy, then escaped by the
 * scheme that the scraper asked for.
 */
export function createNaming(settings: NamingSettings, scheme: EscapingScheme): Naming {
  const labels = new Map<string, string>()
  const translate = settings.translationStrategy.startsWith('Underscore') ? labelName : (key: string) => key
  return {
    family: (metric) => familyName(settings, scheme, metric),
    label: (key) => {
      let label = labels.get(key)
      if (label === undefined) {
        label = free(escapeName(translate(key), scheme, 'label'))
        if (labels.size < REMEMBERED) labels.set(key, label)
      }
      return label
    },
  }
}

function familyName(
  { prefix, translationStrategy }: NamingSettings,
  scheme: EscapingScheme,
  metric: NamedMetric,
): FamilyName | undefined {
  const full = prefix === '' ? metric.name : `${prefix}_${metric.name}`
  const base = translationStrategy.startsWith('Underscore') ? metricName(full) : full
  if (!/[a-zA-Z0-9:]/.test(base)) return undefined
  const counter = metric.type === 'counter'
  if (!translationStrategy.endsWith('WithSuffixes')) return escaped(base, '', counter, scheme)
  const unit = metric.ratio && metric.unit === '1' ? 'ratio' : unitWords(metric.unit)
  if (!counter) return escaped(withSuffix(base, unit), unit, false, scheme)
  // A counter ends in one `_total`, even if its name or its unit ends in that word.
  const ownUnit = withoutTotals(unit)
  return escaped(`${withSuffix(base.replace(/[._]total$/, ''), ownUnit)}_total`, ownUnit, true, scheme)
}

/** Escapes the name that classic samples have; the name of the family is that without `_total`. */
function escaped(classicName: string, unit: string, counter: boolean, scheme: EscapingScheme): FamilyName {
  const written = escapeName(classicName, scheme, 'metric')
  const name = counter ? written.replace(/_total$/, '') : written
  const unitWritten = unit === '' ? '' : escapeName(unit, scheme, 'metric')
  return { name, classicName: written, unit: name.endsWith(`_${unitWritten}`) ? unitWritten : '' }
}

function metricName(name: string): string {
  const legacy = name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/_{2,}/g, '_')
  return /^[0-9]/.test(legacy) ? `_${legacy}` : legacy
}

function withSuffix(name: string, suffix: string): string {
  if (suffix === '' || name === suffix || name.endsWith(`_${suffix}`) || name.endsWith(`.${suffix}`))
    return name
  let end = name.length
  while (name[end - 1] === '_') end--
  return `${name.slice(0, end)}_${suffix}`
}

/** A unit without `total` and `_total` at its end. */
function withoutTotals(unit: string): string {
  let rest = unit
  while (rest.endsWith('_total')) rest = rest.slice(0, -'_total'.length)
  return rest === 'total' ? '' : rest
}

function labelName(key: string): string {
  const legacy = key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_{2,}/g, '_')
  if (legacy === '') return '_'
  return /^[0-9]/.test(legacy) ? `key_${legacy}` : legacy
}

/**
 * No label starts with `__`, which Prometheus keeps for itself (`__name__`): keys that stay as they are may,
 * and `dots` doubles underscores.
 */
function free(label: string): string {
  return label.startsWith('__') ? `key${label}` : label
}

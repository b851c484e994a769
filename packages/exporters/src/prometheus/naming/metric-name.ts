import { type EscapingScheme, escapeName } from './escaping.ts'
import { unitWords } from './units.ts'

/** Kind of an OpenTelemetry instrument; an observable instrument has the kind of its synchronous counterpart. */
export type InstrumentKind = 'counter' | 'up_down_counter' | 'gauge' | 'histogram'

/** Type of a metric family as TYPE lines of OpenMetrics name it. Instruments have one of the first three. */
export type FamilyType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'info'
  | 'summary'
  | 'unknown'
  | 'stateset'
  | 'gaugehistogram'

/** The parts of an instrument that decide its Prometheus name. */
export interface NamedInstrument {
  /** OpenTelemetry name. */
  readonly name: string
  /** UCUM code; empty text for none. */
  readonly unit: string
  /** Type of the instrument, which determines suffixes such as `_total`. */
  readonly kind: InstrumentKind
}

/** Names of a metric family and of its unit, as the exposition writes them. */
export interface FamilyName {
  /** Name on the metadata lines of OpenMetrics: without `_total` and `_info`. */
  readonly name: string
  /** Name of a counter or an info family in text 0.0.4 and 1.0.0; otherwise equal to `name`. */
  readonly classicName: string
  /** Unit at the end of `name`, or empty text. */
  readonly unit: string
}

/**
 * How OpenTelemetry names become Prometheus names (OpenTelemetry, "Prometheus and OpenMetrics Compatibility", and the
 * `translation_strategy` of its configuration): discouraged characters are replaced by underscores or kept, and the unit
 * and `_total` are appended or not. Names that keep their characters reach scrapers that accept `escaping=allow-utf-8`;
 * other scrapers get them in the escaping scheme that they request. OpenMetrics has `_total` on the samples of counters
 * with every strategy.
 */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation'

/** Settings of the reader that decide names. */
export interface NamingSettings {
  /** Prepended to every name but `target_info`, joined by `_`; empty text for none. */
  readonly prefix: string
  /** Whether characters are escaped and suffixes are added. */
  readonly translationStrategy: TranslationStrategy
}

const DEFAULTS: NamingSettings = { prefix: '', translationStrategy: 'UnderscoreEscapingWithSuffixes' }

/**
 * Returns the name under which a `PrometheusReader` exposes an instrument in the text format: the name on the TYPE line,
 * which is also the name of the samples, except for histograms (`_bucket`, `_count`, `_sum`).
 *
 * - Characters that a Prometheus name cannot have become underscores: `http.requests` → `http_requests`.
 * - The unit is appended as a word unless the name ends with it: `s` → `_seconds`, `By` → `_bytes`, `By/s` →
 *   `_bytes_per_second`. Annotations such as `{request}` add nothing. The unit `1` adds `_ratio` to gauges only.
 * - Counters end with `_total`.
 *
 * Source: OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility" (Metric Metadata).
 *
 * @param settings those of the reader; default: no prefix, `UnderscoreEscapingWithSuffixes`
 * @returns undefined if no character of the name is allowed in a Prometheus name: the metric is not exposed
 */
export function prometheusMetricName(
  instrument: NamedInstrument,
  settings: Partial<NamingSettings> = {},
): string | undefined {
  return familyName(instrument, { ...DEFAULTS, ...settings }, 'underscores')?.classicName
}

/** Returns the type of the family that exposes an instrument of this kind. */
export function familyTypeOf(kind: InstrumentKind): 'counter' | 'gauge' | 'histogram' {
  return kind === 'up_down_counter' ? 'gauge' : kind
}

/**
 * Returns the names of the family of an instrument: translated by the strategy, then escaped by the scheme that the
 * scraper requests.
 * @returns undefined if no character of the name is allowed in a Prometheus name
 */
export function familyName(
  instrument: NamedInstrument,
  { prefix, translationStrategy }: NamingSettings,
  scheme: EscapingScheme,
): FamilyName | undefined {
  const full = prefix === '' ? instrument.name : `${prefix}_${instrument.name}`
  const base = translationStrategy.startsWith('Underscore') ? withUnderscores(full) : full
  if (!/[a-zA-Z0-9:]/.test(base)) return undefined
  const isCounter = instrument.kind === 'counter'
  if (!translationStrategy.endsWith('WithSuffixes')) return escaped(base, '', isCounter, scheme)
  const unit = instrument.kind === 'gauge' && instrument.unit === '1' ? 'ratio' : unitWords(instrument.unit)
  if (!isCounter) return escaped(withSuffix(base, unit), unit, false, scheme)
  // A counter ends in one `_total`, even if its name or its unit ends in that word.
  const ownUnit = withoutTotals(unit)
  return escaped(`${withSuffix(base.replace(/[._]total$/, ''), ownUnit)}_total`, ownUnit, true, scheme)
}

/** Escapes the classic name. The name of the family is the escaped name without `_total`. */
function escaped(classicName: string, unit: string, isCounter: boolean, scheme: EscapingScheme): FamilyName {
  const written = escapeName(classicName, scheme, 'metric')
  const name = isCounter ? written.replace(/_total$/, '') : written
  const unitWritten = unit === '' ? '' : escapeName(unit, scheme, 'metric')
  return { name, classicName: written, unit: name.endsWith(`_${unitWritten}`) ? unitWritten : '' }
}

function withUnderscores(name: string): string {
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

/** Removes `total` and any number of `_total` from the end of a unit. */
function withoutTotals(unit: string): string {
  let rest = unit
  while (rest.endsWith('_total')) rest = rest.slice(0, -'_total'.length)
  return rest === 'total' ? '' : rest
}

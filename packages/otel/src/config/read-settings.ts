import type { Kind } from './kinds.ts'
import { PLANNED } from './planned.ts'
import { type BySignal, type Fallback, keyOfSignal, type Setting, type Signal } from './setting.ts'
import { SETTINGS, type SettingOptions, type Settings } from './settings.ts'
import { closest } from './suggest.ts'

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings in effect, and a line for everything that was given and could not be used. */
export interface SettingsReading {
  readonly settings: Settings
  /** Each `KEY: got "…", expected …, using …`, in the order of the table. */
  readonly problems: readonly string[]
}

/** The value of a variable; blank counts as unset. */
export function variable(environment: Environment, key: string): string | undefined {
  const value = environment[key]?.trim()
  return value === '' ? undefined : value
}

/** Reads all settings: code, then `VR_*`, then `OTEL_*`, then the default. Never throws. */
export function readSettings(environment: Environment, code: SettingOptions = {}): SettingsReading {
  const rejections = new Rejections()
  const settings: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const inCode = (code as Record<string, unknown>)[name]
    const read = (signal?: Signal): unknown =>
      firstUsable(row, sourcesOf(row, environment, inCode, signal), rejections)
    settings[name] =
      row.bySignal === undefined ? read() : { traces: read('traces'), metrics: read('metrics') }
  }
  const problems = [...rejections.lines(), ...unknownOptions(code), ...unknownKeys(environment)]
  return { settings: settings as Settings, problems }
}

/** What was given and could not be used: one line each, though several settings may come from one variable. */
class Rejections {
  readonly #used = new Map<string, Map<string, string>>()

  /** @param used what the setting `key` has instead */
  add(complaint: string, key: string, used: string): void {
    const ofComplaint = this.#used.get(complaint) ?? new Map<string, string>()
    this.#used.set(complaint, ofComplaint.set(key, used))
  }

  lines(): string[] {
    return [...this.#used].map(([complaint, used]) => {
      const [only] = used.values()
      const all = used.size === 1 ? only : [...used].map(([key, value]) => `${key}=${value}`).join(' ')
      return `${complaint}, using ${all}`
    })
  }
}

/** A text that a setting may come from. */
interface Source {
  readonly key: string
  readonly text: string
  readonly expected: string
  parse(): unknown
}

function sourcesOf(
  row: Setting<unknown>,
  environment: Environment,
  inCode: unknown,
  signal: Signal | undefined,
): Source[] {
  const sources: Source[] = []
  const add = (
    key: string,
    text: string | undefined,
    kind: Pick<Kind<unknown>, 'expected' | 'parse'>,
  ): void => {
    if (text !== undefined)
      sources.push({ key, text, expected: kind.expected, parse: () => kind.parse(text) })
  }
  if (inCode !== undefined) add(`${row.key} (in code)`, printed(row, inCode), row.kind)
  for (const { key, companion, kind } of inOrder(row, signal)) {
    const other = companion === undefined ? undefined : variable(environment, companion)
    add(key, variable(environment, key), kind === undefined ? row.kind : bindCompanion(kind, other))
  }
  return sources
}

/** The variables of a setting: ours first, then the one for the signal, then the others. */
function inOrder(
  row: Setting<unknown>,
  signal: Signal | undefined,
): (Omit<Fallback<unknown>, 'key'> & { readonly key: string })[] {
  const { key, fallbacks = [], bySignal } = row
  if (bySignal === undefined || signal === undefined) return [{ key }, ...fallbacks]
  const own = { ...bySignal, key: keyOfSignal(bySignal.key, signal) }
  return key.startsWith('VR_') ? [{ key }, own, ...fallbacks] : [own, { key }, ...fallbacks]
}

function bindCompanion(
  kind: { readonly expected: string; parse(text: string, companion: string | undefined): unknown },
  companion: string | undefined,
): Pick<Kind<unknown>, 'expected' | 'parse'> {
  return { expected: kind.expected, parse: (text) => kind.parse(text, companion) }
}

/** A value given in code goes through the same check as a text; one of a wrong type is printed as it comes. */
function printed(row: Setting<unknown>, value: unknown): string {
  try {
    return row.kind.print(value)
  } catch {
    return String(value)
  }
}

function firstUsable(row: Setting<unknown>, sources: readonly Source[], rejections: Rejections): unknown {
  const rejected: Source[] = []
  let used = row.default
  let usedKey: string | undefined
  for (const source of sources) {
    const value = source.parse()
    if (value === undefined) {
      rejected.push(source)
      continue
    }
    used = value
    usedKey = source.key
    break
  }
  const using = describe(row, used) + (usedKey === undefined ? '' : ` of ${usedKey}`)
  for (const { key, text, expected } of rejected) {
    rejections.add(`${key}: got "${row.secret ? '***' : text}", expected ${expected}`, row.key, using)
  }
  return used
}

/** A value for people: what a variable would have to say for it. Secrets are masked. */
export function describe(row: Setting<unknown>, value: unknown): string {
  if (value === undefined) return 'none'
  const text = row.kind.print(value)
  if (text === '') return 'none'
  return row.secret ? '***' : text
}

/** All settings by variable, as text. */
export function printSettings(settings: Settings): Readonly<Record<string, string>> {
  const printed: Record<string, string> = {}
  for (const [name, row] of Object.entries(SETTINGS)) {
    printed[row.key] = describeBySignal(row as Setting<unknown>, settings[name as keyof Settings])
  }
  return printed
}

function describeBySignal(row: Setting<unknown>, value: unknown): string {
  if (row.bySignal === undefined) return describe(row, value)
  const { traces, metrics } = value as BySignal<unknown>
  const [ofTraces, ofMetrics] = [describe(row, traces), describe(row, metrics)]
  return ofTraces === ofMetrics ? ofTraces : `${ofTraces} (metrics: ${ofMetrics})`
}

/** Every key that begins like ours and is none: a mistyped setting must not be silent. */
const OUR_KEYS = /^VR_(METRICS?|TRAC(E|ES|ING)|OTEL|OTLP|OPENTELEMETRY|ENGINE|CLUSTER|HEALTH)_/

/** Set by a process that serves metrics for its children to see; not a setting. */
export const OWNER_KEY = 'VR_OTEL_METRICS_OWNER'

function unknownOptions(code: SettingOptions): string[] {
  return Object.keys(code)
    .filter((name) => !(name in SETTINGS))
    .map((name) => {
      const meant = closest(name, Object.keys(SETTINGS))
      return `option "${name}" of startOtel: expected a known one${hint(meant)}, using none`
    })
}

function hint(meant: string | undefined): string {
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}

function unknownKeys(environment: Environment): string[] {
  const known = Object.values(SETTINGS).map(({ key }) => key as string)
  const lines: string[] = []
  for (const key of Object.keys(environment).sort()) {
    if (known.includes(key) || key === OWNER_KEY || !/^vr_/i.test(key)) continue
    if (PLANNED.includes(key)) {
      lines.push(
        `${key}: got "***", expected nothing: this version does not have the setting yet, using none`,
      )
      continue
    }
    // Other programs have variables that begin with VR_: one of another family has to be almost one of ours.
    const meant = closest(key.toUpperCase(), [...known, ...PLANNED], OUR_KEYS.test(key) ? undefined : 2)
    if (meant === undefined && !OUR_KEYS.test(key)) continue
    lines.push(`${key}: got "***", expected a known setting${hint(meant)}, using none`)
  }
  return lines
}

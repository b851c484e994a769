import type { Signal } from '@vr/otel-exporters'
import type { Codec, RejectPart } from './codecs.ts'
import { ignoredEndpoints } from './ignored-endpoints.ts'
import { maskUrlCredentials } from './mask-url-credentials.ts'
import { formatValue } from './print-settings.ts'
import { Rejections } from './rejections.ts'
import { type BySignal, type Fallback, type Setting, variableOfSignal } from './setting.ts'
import { type OtelOptions, SETTINGS, type Settings } from './settings.ts'
import { TRACING_SETTINGS } from './tracing-settings.ts'
import { unknownKeys, unknownOptions } from './unknown-keys.ts'

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings in effect, and a line for everything that was given and is not used. */
export interface SettingsReading {
  readonly settings: Settings
  /** Each `KEY: got "…", expected …, using …`, in the order of the table. */
  readonly problems: readonly string[]
  /**
   * Those problems that remain where the application has an SDK of its own: it reads the standard variables of tracing, and
   * may support more values.
   */
  readonly problemsBesideSdk: readonly string[]
  /** Each `KEY: got "…", ignored because …, using …`: endpoints that a setting of ours overrules. */
  readonly overruled: readonly string[]
}

/** The value of a variable; blank counts as unset. */
export function readVariable(environment: Environment, key: string): string | undefined {
  const value = environment[key]?.trim()
  return value === '' ? undefined : value
}

const ROWS = Object.entries(SETTINGS) as [keyof Settings & keyof OtelOptions, Setting<unknown>][]

/** Reads all settings: code, then `VR_*`, then `OTEL_*`, then the default. Never throws. */
export function readSettings(environment: Environment, code: OtelOptions = {}): SettingsReading {
  const given: Given = { environment, code, keys: givenKeys(environment, code) }
  const rejections = new Rejections()
  const values: Record<string, unknown> = {}
  const sources: Record<string, unknown> = {}
  for (const [name, row] of ROWS) {
    const read = (signal?: Signal): Read => firstUsable(row, sourcesOf(row, name, given, signal), rejections)
    const found =
      row.signalFallback === undefined ? read() : { traces: read('traces'), metrics: read('metrics') }
    values[name] = 'traces' in found ? bySignal(found, ({ value }) => value) : found.value
    sources[name] = 'traces' in found ? bySignal(found, ({ source }) => source) : found.source
  }
  const settings = { ...values, sources } as unknown as Settings
  const unknown = [...unknownOptions(code), ...unknownKeys(environment)]
  return {
    settings,
    problems: [...rejections.lines(), ...unknown],
    problemsBesideSdk: [...rejections.lines((key) => !OF_ANY_SDK.has(key)), ...unknown],
    overruled: ignoredEndpoints(settings, given.keys, (key) => readVariable(environment, key)),
  }
}

/** What there is to read. */
interface Given {
  readonly environment: Environment
  readonly code: OtelOptions
  /** The settings that are given under their own key. */
  readonly keys: ReadonlySet<string>
}

/** The value of a setting, and where it comes from. */
interface Read {
  readonly value: unknown
  readonly source: string | undefined
}

function bySignal<Value>(found: BySignal<Read>, pick: (read: Read) => Value): BySignal<Value> {
  return { traces: pick(found.traces), metrics: pick(found.metrics) }
}

function givenKeys(environment: Environment, code: OtelOptions): ReadonlySet<string> {
  const isGiven = ([name, { key }]: (typeof ROWS)[number]): boolean =>
    code[name] !== undefined || readVariable(environment, key) !== undefined
  return new Set(ROWS.filter(isGiven).map(([, { key }]) => key))
}

/** The standard variables of tracing: an application with an SDK of its own may set them for it. */
const OF_ANY_SDK: ReadonlySet<string> = new Set(
  (Object.values(TRACING_SETTINGS) as Setting<unknown>[])
    .flatMap(({ key, fallbacks = [] }) => [key, ...fallbacks.map((fallback) => fallback.key)])
    .filter((key) => key.startsWith('OTEL_')),
)

/** A text that a setting may come from. */
interface Source {
  readonly key: string
  readonly text: string
  readonly expected: string
  parse(refuse: RejectPart): unknown
}

function sourcesOf(
  row: Setting<unknown>,
  name: keyof OtelOptions,
  { environment, code, keys }: Given,
  signal: Signal | undefined,
): Source[] {
  const sources: Source[] = []
  const add = (
    key: string,
    text: string | undefined,
    kind: Pick<Codec<unknown>, 'expected' | 'parse'>,
  ): void => {
    if (text !== undefined)
      sources.push({ key, text, expected: kind.expected, parse: (refuse) => kind.parse(text, refuse) })
  }
  const inCode: unknown = code[name]
  if (inCode !== undefined) add(`${row.key} (in code)`, printed(row, inCode), row.codec)
  for (const { key, companion, codec: kind, ignoredWith: unless = [] } of inOrder(row, signal)) {
    if (unless.some((other) => keys.has(other))) continue
    const other = companion === undefined ? undefined : readVariable(environment, companion)
    add(key, readVariable(environment, key), kind === undefined ? row.codec : bindCompanion(kind, other))
  }
  return sources
}

/** The variables of a setting: ours first, then the one for the signal, then the others. */
function inOrder(
  row: Setting<unknown>,
  signal: Signal | undefined,
): (Omit<Fallback<unknown>, 'key'> & { readonly key: string })[] {
  const { key, fallbacks = [], signalFallback: bySignal } = row
  if (bySignal === undefined || signal === undefined) return [{ key }, ...fallbacks]
  const own = { ...bySignal, key: variableOfSignal(bySignal.key, signal) }
  return key.startsWith('VR_') ? [{ key }, own, ...fallbacks] : [own, { key }, ...fallbacks]
}

function bindCompanion(
  kind: NonNullable<Fallback<unknown>['codec']>,
  companion: string | undefined,
): Pick<Codec<unknown>, 'expected' | 'parse'> {
  return { expected: kind.expected, parse: (text, refuse) => kind.parse(text, companion, refuse) }
}

/** A value given in code goes through the same check as a text; one of a wrong type is printed as it comes. */
function printed(row: Setting<unknown>, value: unknown): string {
  try {
    return row.codec.format(value)
  } catch {
    return String(value)
  }
}

function firstUsable(row: Setting<unknown>, sources: readonly Source[], rejections: Rejections): Read {
  const rejected: Source[] = []
  let read: Read = { value: row.default, source: undefined }
  for (const source of sources) {
    const refused: (readonly [part: string, expected: string])[] = []
    const value = source.parse((...refusal) => refused.push(refusal))
    if (value === undefined) {
      rejected.push(source)
      continue
    }
    const rest = row.secret ? 'the others' : formatValue(row, value)
    for (const [part, expected] of refused) {
      rejections.add(source.key, complaint(source.key, part, expected), row.key, rest)
    }
    read = { value, source: source.key }
    break
  }
  const using = formatValue(row, read.value) + (read.source === undefined ? '' : ` of ${read.source}`)
  for (const { key, text, expected } of rejected) {
    const shown = row.secret ? '***' : maskUrlCredentials(text)
    rejections.add(key, complaint(key, shown, expected), row.key, using)
  }
  return read
}

function complaint(key: string, shown: string, expected: string): string {
  return `${key}: got "${shown}", expected ${expected}`
}

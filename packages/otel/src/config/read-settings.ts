import type { Codec, RejectPart } from './codecs.ts'
import { ignoredEndpoints } from './ignored-endpoints.ts'
import { maskUrlCredentials } from './mask-url-credentials.ts'
import type { OtelOptions } from './options.ts'
import { formatValue } from './print-settings.ts'
import { type InvalidValue, mergeInvalid, type Problem, type UsedValue } from './problem.ts'
import { type BySignal, type Fallback, type Setting, type Signal, variableOfSignal } from './setting.ts'
import { SETTINGS, type Settings } from './settings.ts'
import { unknownKeys, unknownOptions } from './unknown-keys.ts'

/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings in effect, and the problems of the given ones. */
export interface SettingsReading {
  readonly settings: Settings
  /** Invalid values in the order of the table, then unknown keys, then overridden endpoints. */
  readonly problems: readonly Problem[]
}

/** Returns the value of a variable without surrounding white space; `undefined` if it is unset or blank. */
export function readVariable(environment: Environment, key: string): string | undefined {
  const value = environment[key]?.trim()
  return value === '' ? undefined : value
}

type Name = keyof typeof SETTINGS

const ROWS = Object.entries(SETTINGS) as [Name, Setting<unknown>][]

/** Reads all settings. Precedence: code, `VR_*`, `OTEL_*`, default. Never throws. */
export function readSettings(environment: Environment, code: OtelOptions = {}): SettingsReading {
  const input: Input = { environment, code, keys: givenKeys(environment, code) }
  const invalid: InvalidValue[] = []
  const values: Record<string, unknown> = {}
  const sources: Record<string, unknown> = {}
  for (const [name, row] of ROWS) {
    const read = (signal?: Signal): Reading =>
      firstValid(row, candidatesOf(row, name, input, signal), invalid)
    const reading =
      row.signalFallback === undefined ? read() : { traces: read('traces'), metrics: read('metrics') }
    values[name] = 'traces' in reading ? mapSignals(reading, ({ value }) => value) : reading.value
    sources[name] = 'traces' in reading ? mapSignals(reading, ({ source }) => source) : reading.source
  }
  const settings = { ...values, sources } as unknown as Settings
  const problems = [
    ...mergeInvalid(invalid),
    ...unknownOptions(code),
    ...unknownKeys(environment),
    ...ignoredEndpoints(settings, input.keys, (key) => readVariable(environment, key)),
  ]
  return { settings, problems }
}

/** Options by the rows of the table: compiles before `npm run docs` has added a new row to {@link OtelOptions}. */
type OptionsByName = Readonly<Partial<Record<Name, unknown>>>

interface Input {
  readonly environment: Environment
  readonly code: OptionsByName
  /** Keys of the settings that are given in code or by their own variable. */
  readonly keys: ReadonlySet<string>
}

function givenKeys(environment: Environment, code: OptionsByName): ReadonlySet<string> {
  const isGiven = ([name, { key }]: (typeof ROWS)[number]): boolean =>
    code[name] !== undefined || readVariable(environment, key) !== undefined
  return new Set(ROWS.filter(isGiven).map(([, { key }]) => key))
}

/** A text that a setting may be read from. */
interface Candidate {
  readonly key: string
  readonly text: string
  readonly expected: string
  parse(reject: RejectPart): unknown
}

/** Returns the texts that are given for a setting, in order of precedence. */
function candidatesOf(
  row: Setting<unknown>,
  name: Name,
  { environment, code, keys }: Input,
  signal: Signal | undefined,
): Candidate[] {
  const candidates: Candidate[] = []
  const add = (
    key: string,
    text: string | undefined,
    { expected, parse }: Pick<Codec<unknown>, 'expected' | 'parse'>,
  ): void => {
    if (text !== undefined) candidates.push({ key, text, expected, parse: (reject) => parse(text, reject) })
  }
  const option: unknown = code[name]
  if (option !== undefined) add(`${row.key} (in code)`, formatOption(row, option), row.codec)
  for (const { key, companion, codec, ignoredWith = [] } of variablesOf(row, signal)) {
    if (ignoredWith.some((other) => keys.has(other))) continue
    const companionText = companion === undefined ? undefined : readVariable(environment, companion)
    const bound = codec === undefined ? row.codec : withCompanion(codec, companionText)
    add(key, readVariable(environment, key), bound)
  }
  return candidates
}

/** Returns the variables of a setting: ours first, then that of the signal, then the general ones. */
function variablesOf(
  row: Setting<unknown>,
  signal: Signal | undefined,
): (Omit<Fallback<unknown>, 'key'> & { readonly key: string })[] {
  const { key, fallbacks = [], signalFallback } = row
  if (signalFallback === undefined || signal === undefined) return [{ key }, ...fallbacks]
  const ofSignal = { ...signalFallback, key: variableOfSignal(signalFallback.key, signal) }
  return key.startsWith('VR_') ? [{ key }, ofSignal, ...fallbacks] : [ofSignal, { key }, ...fallbacks]
}

function withCompanion(
  { expected, parse }: NonNullable<Fallback<unknown>['codec']>,
  companion: string | undefined,
): Pick<Codec<unknown>, 'expected' | 'parse'> {
  return { expected, parse: (text, reject) => parse(text, companion, reject) }
}

/** Formats an option of `startOtel()` as text, which is then parsed as a variable is. */
function formatOption(row: Setting<unknown>, value: unknown): string {
  try {
    return row.codec.format(value)
  } catch {
    return String(value) // a value of another type
  }
}

/** The value of a setting, and the key that it comes from. */
interface Reading {
  readonly value: unknown
  readonly source: string | undefined
}

function mapSignals<Value>(readings: BySignal<Reading>, pick: (read: Reading) => Value): BySignal<Value> {
  return { traces: pick(readings.traces), metrics: pick(readings.metrics) }
}

/** Returns the first valid candidate, else the default. Adds the invalid ones before it to `invalid`. */
function firstValid(
  row: Setting<unknown>,
  candidates: readonly Candidate[],
  invalid: InvalidValue[],
): Reading {
  const report = (key: string, got: string, expected: string, using: Omit<UsedValue, 'setting'>): void => {
    invalid.push({ type: 'invalid', key, got, expected, using: [{ setting: row.key, ...using }] })
  }
  const skipped: Candidate[] = []
  let reading: Reading = { value: row.default, source: undefined }
  for (const candidate of candidates) {
    const rejected: Parameters<RejectPart>[] = []
    const value = candidate.parse((...part) => rejected.push(part))
    if (value === undefined) {
      skipped.push(candidate)
      continue
    }
    const rest = row.secret ? 'the others' : formatValue(row, value)
    for (const [part, expected, key] of rejected)
      report(key ?? candidate.key, part, expected, { value: rest })
    reading = { value, source: candidate.key }
    break
  }
  const { value, source } = reading
  for (const { key, text, expected } of skipped) {
    const got = row.secret ? '***' : maskUrlCredentials(text)
    report(key, got, expected, { value: formatValue(row, value), source })
  }
  return reading
}

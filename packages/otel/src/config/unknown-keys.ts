import { closestName } from './closest-name.ts'
import { PLANNED_SETTINGS } from './planned-settings.ts'
import { type Setting, SIGNALS, variableOfSignal } from './setting.ts'
import { type OtelOptions, SETTINGS } from './settings.ts'
import { closestStandardVariable } from './standard-variables.ts'

/** Every key that begins like ours and is none: a mistyped setting must not be silent. */
const OUR_KEYS = /^VR_(METRICS?|TRAC(E|ES|ING)|OTEL|OTLP|OPENTELEMETRY|ENGINE|CLUSTER|HEALTH)_/

/** Set by a process that serves metrics for its children to see; not a setting. */
export const OWNER_KEY = 'VR_OTEL_METRICS_OWNER'

/** A line for every option of `startOtel` that there is not. */
export function unknownOptions(code: OtelOptions): string[] {
  return Object.keys(code)
    .filter((name) => !(name in SETTINGS))
    .map((name) => {
      const meant = closestName(name, Object.keys(SETTINGS))
      return `option "${name}" of startOtel: expected a known one${hint(meant)}, using none`
    })
}

/** A line for every variable that is a mistyped one of ours, or of the standard ones that are read. */
export function unknownKeys(environment: Readonly<Record<string, string | undefined>>): string[] {
  const rows = Object.values(SETTINGS) as Setting<unknown>[]
  const known = rows.map(({ key }) => key as string)
  const standard = [...new Set(rows.flatMap(variablesOf))].filter((key) => key.startsWith('OTEL_'))
  const lines: string[] = []
  for (const key of Object.keys(environment).sort()) {
    const line = /^otel_/i.test(key) ? standardLine(key, standard) : ourLine(key, known)
    if (line !== undefined) lines.push(line)
  }
  return lines
}

function ourLine(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key) || key === OWNER_KEY || !/^vr_/i.test(key)) return undefined
  if (PLANNED_SETTINGS.includes(key)) {
    return `${key}: got "***", expected nothing: this version does not have the setting yet, using none`
  }
  // Other programs have variables that begin with VR_: one of another family has to be almost one of ours.
  const meant = closestName(
    key.toUpperCase(),
    [...known, ...PLANNED_SETTINGS],
    OUR_KEYS.test(key) ? undefined : 2,
  )
  return meant === undefined && !OUR_KEYS.test(key) ? undefined : unknownLine(key, meant)
}

function standardLine(key: string, standard: readonly string[]): string | undefined {
  const meant = closestStandardVariable(key, standard)
  return meant === undefined ? undefined : unknownLine(key, meant)
}

function unknownLine(key: string, meant: string | undefined): string {
  return `${key}: got "***", expected a known setting${hint(meant)}, using none`
}

/** Every variable that a setting may come from. */
function variablesOf({ key, signalFallback: bySignal, fallbacks = [] }: Setting<unknown>): string[] {
  const ofSignals =
    bySignal === undefined ? [] : SIGNALS.map((signal) => variableOfSignal(bySignal.key, signal))
  const others = [...(bySignal === undefined ? [] : [bySignal]), ...fallbacks]
  const companions = others.flatMap(({ companion }) => companion ?? [])
  return [key, ...ofSignals, ...fallbacks.map((fallback) => fallback.key), ...companions]
}

function hint(meant: string | undefined): string {
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}

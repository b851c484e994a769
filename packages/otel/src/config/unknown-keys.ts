import { closestName } from './closest-name.ts'
import type { OtelOptions } from './options.ts'
import type { UnknownKey } from './problem.ts'
import { type Setting, SIGNALS, variableOfSignal } from './setting.ts'
import { SETTINGS } from './settings.ts'
import { closestStandardVariable } from './standard-variables.ts'

/** Prefixes of our variables: every unknown variable with one of them is reported. */
const OUR_PREFIXES = /^VR_(METRICS?|TRAC(E|ES|ING)|OTEL|OTLP|OPENTELEMETRY|ENGINE|CLUSTER|HEALTH)_/

/** Set by a process that serves metrics, for its children to read. Not a setting. */
export const OWNER_KEY = 'VR_OTEL_METRICS_OWNER'

/** Set by a process with metrics, for its children to read: its pid. Not a setting. */
export const PARENT_KEY = 'VR_OTEL_PARENT_PID'

/** Variables that this package sets itself. */
const OWN_KEYS: readonly string[] = [OWNER_KEY, PARENT_KEY]

/** Returns the options of `startOtel()` that do not exist. */
export function unknownOptions(code: OtelOptions): UnknownKey[] {
  const names = Object.keys(SETTINGS)
  return Object.keys(code)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      type: 'unknown',
      key: `option "${name}" of startOtel()`,
      suggestion: closestName(name, names),
    }))
}

/** Returns the variables that are a misspelled setting of ours or a misspelled standard variable that we read. */
export function unknownKeys(environment: Readonly<Record<string, string | undefined>>): UnknownKey[] {
  const rows = Object.values(SETTINGS) as Setting<unknown>[]
  const ours = rows.map(({ key }) => key as string)
  const standard = [...new Set(rows.flatMap(variablesOf))].filter((key) => key.startsWith('OTEL_'))
  return Object.keys(environment)
    .sort()
    .flatMap((key) => (/^otel_/i.test(key) ? checkStandardKey(key, standard) : checkOurKey(key, ours)))
}

function checkOurKey(key: string, known: readonly string[]): UnknownKey[] {
  if (known.includes(key) || OWN_KEYS.includes(key) || !/^vr_/i.test(key)) return []
  const isOurs = OUR_PREFIXES.test(key)
  // Other programs have variables that begin with VR_ too: without one of our prefixes, at most two edits may differ.
  const suggestion = closestName(key.toUpperCase(), known, isOurs ? undefined : 2)
  return isOurs || suggestion !== undefined ? [{ type: 'unknown', key, suggestion }] : []
}

function checkStandardKey(key: string, standard: readonly string[]): UnknownKey[] {
  const suggestion = closestStandardVariable(key, standard)
  return suggestion === undefined ? [] : [{ type: 'unknown', key, suggestion }]
}

/** Returns every variable that a setting may be read from. */
function variablesOf({ key, signalFallback, fallbacks = [] }: Setting<unknown>): string[] {
  const ofSignals =
    signalFallback === undefined ? [] : SIGNALS.map((signal) => variableOfSignal(signalFallback.key, signal))
  const others = [...(signalFallback === undefined ? [] : [signalFallback]), ...fallbacks]
  const companions = others.flatMap(({ companion }) => companion ?? [])
  return [key, ...ofSignals, ...fallbacks.map((fallback) => fallback.key), ...companions]
}

import { GENERAL_SETTINGS } from './general-settings.ts'
import type { Kind } from './kinds.ts'
import { METRICS_SETTINGS } from './metrics-settings.ts'
import { TRACING_SETTINGS } from './tracing-settings.ts'

/**
 * Every setting that takes effect, in the order of the documentation: the one table that reading, printing,
 * documentation and tests loop over. The names are those of `startOtel`'s options.
 */
export const SETTINGS = { ...GENERAL_SETTINGS, ...METRICS_SETTINGS, ...TRACING_SETTINGS }

/** The value of every setting; `undefined` where it is unset and has no default. */
export type Settings = {
  readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['kind'] extends Kind<infer Value>
    ? Value | (undefined extends (typeof SETTINGS)[Name]['default'] ? undefined : never)
    : never
}

import type { Codec } from './codecs.ts'
import { GENERAL_SETTINGS } from './general-settings.ts'
import { METRICS_SETTINGS } from './metrics-settings.ts'
import { OTLP_SETTINGS } from './otlp-settings.ts'
import type { BySignal } from './setting.ts'
import { TRACING_SETTINGS } from './tracing-settings.ts'

/**
 * Every setting that takes effect, in the order of the documentation: the one table that reading, printing,
 * documentation and tests loop over. The names are those of `startOtel`'s options.
 */
export const SETTINGS = { ...GENERAL_SETTINGS, ...METRICS_SETTINGS, ...TRACING_SETTINGS, ...OTLP_SETTINGS }

type Rows = typeof SETTINGS

type ValueOf<Row extends { readonly codec: unknown; readonly default: unknown }> =
  Row['codec'] extends Codec<infer Value>
    ? Value | (undefined extends Row['default'] ? undefined : never)
    : never

type OfRows<Values extends { readonly [Name in keyof Rows]: unknown }> = {
  readonly [Name in keyof Rows]: Rows[Name] extends { readonly signalFallback: object }
    ? BySignal<Values[Name]>
    : Values[Name]
}

/** The value of every setting; `undefined` where it is unset and has no default. */
export type Settings = OfRows<{ [Name in keyof Rows]: ValueOf<Rows[Name]> }> & {
  /** The variable that each value comes from, or its key with `(in code)`; `undefined` for a default. */
  readonly sources: OfRows<{ [Name in keyof Rows]: string | undefined }>
}

/** Settings given in code: they win over every variable. */
export type OtelOptions = { readonly [Name in keyof Rows]?: ValueOf<Rows[Name]> | undefined }

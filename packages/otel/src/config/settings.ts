import { CLUSTER_SETTINGS } from './cluster-settings.ts'
import type { Codec } from './codecs.ts'
import { ENGINE_SETTINGS } from './engine-settings.ts'
import { GENERAL_SETTINGS } from './general-settings.ts'
import { METRICS_SETTINGS } from './metrics-settings.ts'
import { OTLP_SETTINGS } from './otlp-settings.ts'
import type { BySignal } from './setting.ts'
import { TRACING_SETTINGS } from './tracing-settings.ts'

/**
 * All settings, in the order of the documentation. Reading, printing, documentation and tests loop over this table; its
 * names are those of the options of `startOtel()`.
 */
export const SETTINGS = {
  ...GENERAL_SETTINGS,
  ...METRICS_SETTINGS,
  ...TRACING_SETTINGS,
  ...OTLP_SETTINGS,
  ...CLUSTER_SETTINGS,
  ...ENGINE_SETTINGS,
}

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

/** The value of every setting; `undefined` if it is unset and has no default. */
export type Settings = OfRows<{ [Name in keyof Rows]: ValueOf<Rows[Name]> }> & {
  /** The variable that each value comes from, or its key with `(in code)`; `undefined` for a default. */
  readonly sources: OfRows<{ [Name in keyof Rows]: string | undefined }>
}

/** The options of `startOtel()` as the table defines them. `options.ts` is generated to equal this type. */
export type OptionsOfTable = { readonly [Name in keyof Rows]?: ValueOf<Rows[Name]> | undefined }

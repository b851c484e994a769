import type { Kind } from './kinds.ts'

/** A standard variable that is read where the setting's own is unset. */
export interface Fallback<Value> {
  readonly key: `OTEL_${string}`
  /** A second variable that the first one needs to be understood. */
  readonly companion?: `OTEL_${string}`
  /** Default: the kind of the setting. */
  readonly kind?: {
    readonly expected: string
    parse(text: string, companion: string | undefined): Value | undefined
  }
}

/** One setting: one row here is all that parsing, printing, documentation and tests need. */
export interface Setting<Value> {
  /** Of ours; or a standard one that needs no name of ours. */
  readonly key: `VR_${string}` | `OTEL_${string}`
  readonly fallbacks?: readonly Fallback<Value>[]
  readonly kind: Kind<Value>
  /** `undefined`: unset, with the meaning that the text gives it. */
  readonly default: NoInfer<Value> | undefined
  /** Never printed. */
  readonly secret?: true
  /** One sentence for the documentation. */
  readonly meaning: string
}

/** A row of the table, with the type of its value taken from its kind. */
export function setting<Value>(
  row: Setting<Value> & { readonly default: NoInfer<Value> },
): Setting<Value> & { default: Value }
export function setting<Value>(row: Setting<Value>): Setting<Value>
export function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row
}

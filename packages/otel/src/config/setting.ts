import type { Signal } from '@vr/otel-exporters'
import type { Codec, RejectPart } from './codecs.ts'

/** A standard variable that is read where the setting's own is unset. */
export interface Fallback<Value> {
  readonly key: `OTEL_${string}`
  /** A second variable that the first one needs to be understood. */
  readonly companion?: `OTEL_${string}`
  /** The variable is ignored where one of these settings is given, in a variable or in code. */
  readonly ignoredWith?: readonly `VR_${string}`[]
  /** Default: the kind of the setting. */
  readonly codec?: {
    readonly expected: string
    parse(text: string, companion: string | undefined, refuse?: RejectPart): Value | undefined
  }
}

/** Signals for which a setting may have different values. */
export const SIGNALS: readonly Signal[] = ['traces', 'metrics']

/** The value of a setting that may differ by signal. */
export type BySignal<Value> = Readonly<Record<Signal, Value>>

/** One setting: one row here is all that parsing, printing, documentation and tests need. */
export interface Setting<Value> {
  /** Of ours; or a standard one that needs no name of ours. */
  readonly key: `VR_${string}` | `OTEL_${string}`
  readonly fallbacks?: readonly Fallback<Value>[]
  /**
   * A standard variable for one signal, `SIGNAL` in it standing for `TRACES` or `METRICS`: it is read before other
   * standard variables. The value of such a setting is a {@link BySignal}; a variable of ours, or code, sets both.
   */
  readonly signalFallback?: Fallback<Value> & { readonly key: `OTEL_EXPORTER_OTLP_SIGNAL_${string}` }
  readonly codec: Codec<Value>
  /** `undefined`: unset, with the meaning that the text gives it. */
  readonly default: NoInfer<Value> | undefined
  /** Never printed. */
  readonly secret?: true
  /** One sentence for the documentation. */
  readonly description: string
}

/** A row of the table, with the type of its value taken from its kind. */
export function setting<Value>(
  row: Setting<Value> & { readonly default: NoInfer<Value> },
): Setting<Value> & { default: Value }
export function setting<Value>(row: Setting<Value>): Setting<Value>
export function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row
}

/** A row whose value may differ by signal. */
export function signalSetting<Value>(
  row: SignalRow<Value> & { readonly default: NoInfer<Value> },
): SignalRow<Value> & { default: Value }
export function signalSetting<Value>(row: SignalRow<Value>): SignalRow<Value>
export function signalSetting<Value>(row: SignalRow<Value>): SignalRow<Value> {
  return row
}

type SignalRow<Value> = Setting<Value> & Required<Pick<Setting<Value>, 'signalFallback'>>

/** The variable of a signal. */
export function variableOfSignal(key: string, signal: Signal): string {
  return key.replace('SIGNAL', signal.toUpperCase())
}

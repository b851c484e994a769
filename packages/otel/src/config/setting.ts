import type { Codec, RejectPart } from './codecs.ts'

/** A standard variable that is read if the setting's own variable is unset or invalid. */
export interface Fallback<Value> {
  readonly key: `OTEL_${string}`
  /** A second variable that completes the value of the first. */
  readonly companion?: `OTEL_${string}`
  /** The variable is ignored if one of these settings is given by a variable or in code. */
  readonly ignoredWith?: readonly `VR_${string}`[]
  /** Default: the codec of the setting. */
  readonly codec?: {
    readonly expected: string
    parse(text: string, companion: string | undefined, reject?: RejectPart): Value | undefined
  }
}

/** Signals for which a setting may have different values. */
export const SIGNALS = ['traces', 'metrics'] as const

/** A signal of OTLP, as the exporters name it. */
export type Signal = (typeof SIGNALS)[number]

/** The value of a setting for each signal. */
export type BySignal<Value> = Readonly<Record<Signal, Value>>

/** One setting: a row from which reading, printing, options, documentation and tests are derived. */
export interface Setting<Value> {
  /** Our variable, or a standard one if we have none of our own. */
  readonly key: `VR_${string}` | `OTEL_${string}`
  readonly fallbacks?: readonly Fallback<Value>[]
  /**
   * Standard variable of one signal, with `SIGNAL` in place of `TRACES` or `METRICS`. Read before {@link Setting.fallbacks}.
   * The value of such a setting is a {@link BySignal}; our variable and the option in code set both signals.
   */
  readonly signalFallback?: Fallback<Value> & { readonly key: `OTEL_EXPORTER_OTLP_SIGNAL_${string}` }
  readonly codec: Codec<Value>
  /** `undefined` for a setting that is unset by default; then the description states the effect. */
  readonly default: NoInfer<Value> | undefined
  /** Masks the value wherever it would be printed. */
  readonly secret?: true
  /** The value has URLs: masks their credentials and queries wherever it would be printed. */
  readonly urls?: true
  /** For the documentation of the variable and of the option: effect and unit, in one to three sentences. */
  readonly description: string
}

/** Declares a row; its codec gives the type of the value. */
export function setting<Value>(
  row: Setting<Value> & { readonly default: NoInfer<Value> },
): Setting<Value> & { default: Value }
export function setting<Value>(row: Setting<Value>): Setting<Value>
export function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row
}

/** Declares a row whose value may differ by signal. */
export function signalSetting<Value>(
  row: SignalRow<Value> & { readonly default: NoInfer<Value> },
): SignalRow<Value> & { default: Value }
export function signalSetting<Value>(row: SignalRow<Value>): SignalRow<Value>
export function signalSetting<Value>(row: SignalRow<Value>): SignalRow<Value> {
  return row
}

type SignalRow<Value> = Setting<Value> & Required<Pick<Setting<Value>, 'signalFallback'>>

/** Replaces `SIGNAL` in the name of a variable. */
export function variableOfSignal(key: string, signal: Signal): string {
  return key.replace('SIGNAL', signal.toUpperCase())
}

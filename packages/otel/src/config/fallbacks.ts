import { type RejectPart, ratio, standardBoolean } from './codecs.ts'
import { someOrNone } from './list-codecs.ts'
import { type OtlpEndpoint, parseOtlpEndpoint } from './otlp-endpoint.ts'
import type { Fallback } from './setting.ts'

/**
 * Settings that contain a part of the collector's address. If one of them is given, the address consists of their values
 * and defaults, and the endpoints in standard variables are ignored: a leftover endpoint must not contribute its scheme
 * or port.
 */
export const COLLECTOR_ADDRESS_KEYS = [
  'VR_OPENTELEMETRY_HOST',
  'VR_OPENTELEMETRY_PORT',
  'VR_OPENTELEMETRY_PROTOCOL',
  'VR_OPENTELEMETRY_INSECURE',
] as const

const INSECURE = 'OTEL_EXPORTER_OTLP_INSECURE'

/**
 * Returns the fallbacks of a setting to one part of the OTLP endpoint. Standard variables contain the endpoint as one URL,
 * for one signal or for all.
 */
export function fromEndpoint<Value>(pick: (endpoint: OtlpEndpoint) => Value | undefined): {
  readonly signalFallback: Fallback<Value> & { readonly key: `OTEL_EXPORTER_OTLP_SIGNAL_${string}` }
  readonly fallbacks: readonly Fallback<Value>[]
} {
  const fallback = (isOfSignal: boolean) => ({
    companion: INSECURE as typeof INSECURE,
    ignoredWith: COLLECTOR_ADDRESS_KEYS,
    codec: {
      expected: 'a URL such as http://localhost:4317',
      parse(text: string, insecure: string | undefined, reject?: RejectPart): Value | undefined {
        const endpoint = parseOtlpEndpoint(text, { isOfSignal, isInsecure: parseInsecure(insecure, reject) })
        return endpoint === undefined ? undefined : pick(endpoint)
      },
    },
  })
  return {
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_ENDPOINT', ...fallback(true) },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_ENDPOINT', ...fallback(false) }],
  }
}

/** Parses `OTEL_EXPORTER_OTLP_INSECURE`. An invalid value is reported and counts as `false`, as the specification requires. */
function parseInsecure(text: string | undefined, reject: RejectPart | undefined): boolean | undefined {
  if (text === undefined) return undefined
  const value = standardBoolean.parse(text)
  if (value === undefined) reject?.(text, standardBoolean.expected, INSECURE)
  return value ?? false
}

/** Parses the name of a standard sampler to a sampling ratio. Only the parent-based ratio sampler is supported. */
export const SAMPLER = {
  expected:
    'always_on, always_off or traceidratio, with or without parentbased_, and a ratio in OTEL_TRACES_SAMPLER_ARG',
  parse(name: string, argument: string | undefined): number | undefined {
    const root = name.replace(/^parentbased_/, '')
    if (root === 'always_on') return 1
    if (root === 'always_off') return 0
    if (root !== 'traceidratio') return undefined
    return argument === undefined ? 1 : ratio.parse(argument)
  },
}

/** The supported propagators: W3C Trace Context and W3C Baggage. */
export const PROPAGATORS = someOrNone('tracecontext', 'baggage')

/** Parses `OTEL_PROPAGATORS` to the keys of the baggage entries that are propagated: all or none. */
export const BAGGAGE_OF_PROPAGATORS: NonNullable<Fallback<readonly string[]>['codec']> = {
  expected: PROPAGATORS.expected,
  parse(text, _companion, reject) {
    const propagators = PROPAGATORS.parse(text, reject)
    return propagators && (propagators.includes('baggage') ? ['*'] : [])
  },
}

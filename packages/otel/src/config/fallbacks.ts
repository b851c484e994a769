import { boolean, ratio, someOrNone } from './codecs.ts'
import { type OtlpEndpoint, parseOtlpEndpoint } from './otlp-endpoint.ts'
import type { Fallback } from './setting.ts'

/**
 * Settings that contain a part of the collector's address. If one of them is given, all of them decide, with their values
 * or defaults, and the endpoints of standard variables are ignored: a leftover endpoint must not contribute its scheme
 * or port.
 */
export const COLLECTOR_ADDRESS_KEYS = [
  'VR_OPENTELEMETRY_HOST',
  'VR_OPENTELEMETRY_PORT',
  'VR_OPENTELEMETRY_PROTOCOL',
  'VR_OPENTELEMETRY_INSECURE',
] as const

/**
 * Returns the fallbacks of a setting to one part of the OTLP endpoint. Standard variables have it as one URL, for each
 * signal or for all.
 */
export function fromEndpoint<Value>(pick: (endpoint: OtlpEndpoint) => Value | undefined): {
  readonly signalFallback: Fallback<Value> & { readonly key: `OTEL_EXPORTER_OTLP_SIGNAL_${string}` }
  readonly fallbacks: readonly Fallback<Value>[]
} {
  const fallback = (isOfSignal: boolean) => ({
    companion: 'OTEL_EXPORTER_OTLP_INSECURE' as const,
    ignoredWith: COLLECTOR_ADDRESS_KEYS,
    codec: {
      expected: 'a URL such as http://localhost:4317',
      parse(text: string, insecure: string | undefined): Value | undefined {
        const isInsecure = insecure === undefined ? undefined : boolean.parse(insecure)
        const endpoint = parseOtlpEndpoint(text, { isOfSignal, isInsecure })
        return endpoint === undefined ? undefined : pick(endpoint)
      },
    },
  })
  return {
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_ENDPOINT', ...fallback(true) },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_ENDPOINT', ...fallback(false) }],
  }
}

/** Parses the name of a standard sampler to the ratio of a parent-based one: the only sampler that is supported. */
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

/** Parses `OTEL_PROPAGATORS` to the baggage entries that are propagated: all or none. */
export const BAGGAGE_OF_PROPAGATORS: NonNullable<Fallback<readonly string[]>['codec']> = {
  expected: PROPAGATORS.expected,
  parse(text, _companion, reject) {
    const propagators = PROPAGATORS.parse(text, reject)
    return propagators && (propagators.includes('baggage') ? ['*'] : [])
  },
}

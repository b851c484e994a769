import { boolean, ratio, someOrNone } from './codecs.ts'
import { type OtlpEndpoint, parseOtlpEndpoint } from './otlp-endpoint.ts'
import type { Fallback } from './setting.ts'

/**
 * The settings that name the collector. Where one of them is given, it decides with the others, set or default, and the
 * endpoints of standard variables are ignored: a leftover one must not contribute a scheme or a port.
 */
export const NAMES_COLLECTOR = [
  'VR_OPENTELEMETRY_HOST',
  'VR_OPENTELEMETRY_PORT',
  'VR_OPENTELEMETRY_PROTOCOL',
  'VR_OPENTELEMETRY_INSECURE',
] as const

/** One part of the OTLP endpoint that standard variables give as one URL, for one signal or for all. */
export function fromEndpoint<Value>(pick: (endpoint: OtlpEndpoint) => Value | undefined): {
  readonly bySignal: Fallback<Value> & { readonly key: `OTEL_EXPORTER_OTLP_SIGNAL_${string}` }
  readonly fallbacks: readonly Fallback<Value>[]
} {
  const companion = 'OTEL_EXPORTER_OTLP_INSECURE'
  const kindOf = (isOfSignal: boolean) => ({
    expected: 'a URL such as http://localhost:4317',
    parse(value: string, insecure: string | undefined): Value | undefined {
      const isInsecure = insecure === undefined ? undefined : boolean.parse(insecure)
      const endpoint = parseOtlpEndpoint(value, { isOfSignal, isInsecure })
      return endpoint === undefined ? undefined : pick(endpoint)
    },
  })
  return {
    bySignal: {
      key: 'OTEL_EXPORTER_OTLP_SIGNAL_ENDPOINT',
      companion,
      unless: NAMES_COLLECTOR,
      kind: kindOf(true),
    },
    fallbacks: [
      { key: 'OTEL_EXPORTER_OTLP_ENDPOINT', companion, unless: NAMES_COLLECTOR, kind: kindOf(false) },
    ],
  }
}

/** The standard samplers as the ratio of a parent-based one, which is the only one there is. */
export const SAMPLER = {
  expected:
    'always_on, always_off or traceidratio, with or without parentbased_, and a ratio in OTEL_TRACES_SAMPLER_ARG',
  parse(name: string, argument: string | undefined): number | undefined {
    const kind = name.replace(/^parentbased_/, '')
    if (kind === 'always_on') return 1
    if (kind === 'always_off') return 0
    if (kind !== 'traceidratio') return undefined
    return argument === undefined ? 1 : ratio.parse(argument)
  },
}

/** The standard propagators that there are: W3C Trace Context and W3C Baggage. */
export const PROPAGATORS = someOrNone('tracecontext', 'baggage')

/** Which entries of the baggage `OTEL_PROPAGATORS` lets out: all or none. */
export const BAGGAGE_OF_PROPAGATORS: NonNullable<Fallback<readonly string[]>['kind']> = {
  expected: PROPAGATORS.expected,
  parse(text, _companion, refuse) {
    const propagators = PROPAGATORS.parse(text, refuse)
    return propagators && (propagators.includes('baggage') ? ['*'] : [])
  },
}

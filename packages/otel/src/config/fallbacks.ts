import { ratio } from './kinds.ts'
import { type OtlpEndpoint, parseOtlpEndpoint } from './otlp-endpoint.ts'
import type { Fallback } from './setting.ts'

/** The parts of an OTLP endpoint that a standard variable gives as one URL; the one for traces comes first. */
export function fromEndpoint<Value>(pick: (endpoint: OtlpEndpoint) => Value | undefined): Fallback<Value>[] {
  const kind = {
    expected: 'a URL such as http://localhost:4317',
    parse(value: string): Value | undefined {
      const endpoint = parseOtlpEndpoint(value)
      return endpoint === undefined ? undefined : pick(endpoint)
    },
  }
  return [
    { key: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', kind },
    { key: 'OTEL_EXPORTER_OTLP_ENDPOINT', kind },
  ]
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

/** What an OTLP endpoint without a port means for gRPC. */
export const OTLP_GRPC_PORT = 4317

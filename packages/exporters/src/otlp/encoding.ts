import { createRequire } from 'node:module'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { completeJson } from './complete-json.ts'
import { spliceExemplars } from './exemplar-splice.ts'
import type { OtlpProtocol } from './options.ts'

/** Loaded by the calls below and not before, and as CommonJS: as ES modules they would open the streams of stdio. */
const load = createRequire(import.meta.url)

/** The bytes of a request with these spans: upstream's. */
export function spanEncoder(protocol: OtlpProtocol): (spans: ReadableSpan[]) => Uint8Array | undefined {
  const { JsonTraceSerializer, ProtobufTraceSerializer } = load(
    '@opentelemetry/otlp-transformer',
  ) as typeof import('@opentelemetry/otlp-transformer')
  const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer
  return (spans) => serializer.serializeRequest(spans)
}

/** The bytes of a request with these metrics: upstream's, and exemplars in them. */
export function metricEncoder(protocol: OtlpProtocol): (metrics: ResourceMetrics) => Uint8Array | undefined {
  const { JsonMetricsSerializer, ProtobufMetricsSerializer } = load(
    '@opentelemetry/otlp-transformer',
  ) as typeof import('@opentelemetry/otlp-transformer')
  const [serializer, addExemplars] =
    protocol === 'http/json'
      ? [JsonMetricsSerializer, completeJson]
      : [ProtobufMetricsSerializer, spliceExemplars]
  return (metrics) => {
    const bytes = serializer.serializeRequest(metrics)
    return bytes === undefined ? undefined : addExemplars(bytes, metrics)
  }
}

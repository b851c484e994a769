import { createRequire } from 'node:module'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { completeJson } from './complete-json.ts'
import { spliceExemplars } from './exemplar-splice.ts'
import type { OtlpProtocol } from './options.ts'

/**
 * The encoder is loaded by the functions below, and as CommonJS: ES modules would open the standard streams.
 */
const load = createRequire(import.meta.url)

/** Returns a function that encodes spans as an OTLP request, with upstream's serializer. */
export function spanEncoder(protocol: OtlpProtocol): (spans: ReadableSpan[]) => Uint8Array | undefined {
  const { JsonTraceSerializer, ProtobufTraceSerializer } = load(
    '@opentelemetry/otlp-transformer',
  ) as typeof import('@opentelemetry/otlp-transformer')
  const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer
  return (spans) => serializer.serializeRequest(spans)
}

/**
 * Returns a function that encodes metrics as an OTLP request, with upstream's serializer and exemplars added.
 */
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

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { type ExportCallback, exportResult } from '../export-result.ts'
import { spanEncoder } from './encoding.ts'
import type { ImmediateShutdown, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

/** Maximum number of spans that wait for a retry. The batch span processor in front has a queue of its own. */
const CAPACITY = 8192

interface SpanExport {
  readonly spans: ReadableSpan[]
  readonly callback: ExportCallback
}

/**
 * Creates an OTLP span exporter for the span processors of OpenTelemetry's SDK. It calls the result callback when the spans
 * are delivered or dropped. `createOtlpSpanProcessor` also counts the spans that a batch processor drops.
 *
 * @throws Error if the URL, a header, a certificate or a key is invalid
 */
export function createOtlpSpanExporter(options: OtlpOptions): SpanExporter & ImmediateShutdown {
  const encode = spanEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<SpanExport>('traces', options, {
    itemCount: ({ spans }) => spans.length,
    encode: (exports) => encode(exports.flatMap(({ spans }) => spans)),
    capacity: CAPACITY,
    maxBatchSize: 1,
    delayMs: 0,
    onSettled: ({ callback }, error) => callback(exportResult(error)),
  })
  return {
    export(spans, callback) {
      if (spans.length === 0) callback(exportResult(undefined))
      else pipeline.offer({ spans, callback })
    },
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    shutdownNow: () => pipeline.shutdownNow(),
  }
}

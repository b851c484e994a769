import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { type ExportCallback, exportResult } from '../export-result.ts'
import { spanEncoder } from './encoding.ts'
import type { ImmediateShutdown, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

/** Spans that wait to be sent again at most; a batch span processor before it has its own line. */
const CAPACITY = 8192

/**
 * A span exporter over OTLP for the stock span processors. It tells its result when the spans have been delivered or
 * are lost; see `createOtlpSpanProcessor` for exact books.
 *
 * @throws Error if the URL, a header, or a certificate or key, cannot be used
 */
export function createOtlpSpanExporter(options: OtlpOptions): SpanExporter & ImmediateShutdown {
  const encode = spanEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<{ readonly spans: ReadableSpan[]; readonly done: ExportCallback }>(
    'traces',
    options,
    {
      itemCount: ({ spans }) => spans.length,
      encode: (items) => encode(items.flatMap(({ spans }) => spans)),
      capacity: CAPACITY,
      maxBatchSize: 1,
      delayMs: 0,
      onSettled: ({ done }, error) => done(exportResult(error)),
    },
  )
  return {
    export(spans, done) {
      if (spans.length === 0) done(exportResult(undefined))
      else pipeline.offer({ spans, done })
    },
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    shutdownNow: () => pipeline.shutdownNow(),
  }
}

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { spanEncoder } from './encoding.ts'
import { type Done, resultOf } from './export-result.ts'
import type { Abandonable, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

/** Spans that wait to be sent again at most; a batch span processor before it has its own line. */
const CAPACITY = 8192

/**
 * A span exporter over OTLP for the stock span processors. It tells its result when the spans have been delivered or
 * are lost; see `createOtlpSpanProcessor` for exact books.
 *
 * @throws Error if the URL, a header, or a certificate or key, cannot be used
 */
export function createOtlpSpanExporter(options: OtlpOptions): SpanExporter & Abandonable {
  const encode = spanEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<{ readonly spans: ReadableSpan[]; readonly done: Done }>('traces', options, {
    weigh: ({ spans }) => spans.length,
    encode: (items) => encode(items.flatMap(({ spans }) => spans)),
    capacity: CAPACITY,
    batchWeight: 1,
    delayMs: 0,
    settled: ({ done }, error) => done(resultOf(error)),
  })
  return {
    export(spans, done) {
      if (spans.length === 0) done(resultOf(undefined))
      else pipeline.offer({ spans, done })
    },
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    abandon: () => pipeline.abandon(),
  }
}

import { TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { spanEncoder } from './encoding.ts'
import type { ImmediateShutdown, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

/**
 * Options of {@link createOtlpSpanProcessor}. The defaults are those of the specification for `OTEL_BSP_*`.
 */
export interface OtlpSpanProcessorOptions extends OtlpOptions {
  /** Maximum number of queued spans; further spans are dropped. Default 2048. */
  readonly maxQueueSize?: number
  /** Maximum number of spans in a request. Default 512, never more than `maxQueueSize`. */
  readonly maxExportBatchSize?: number
  /** Delay between two exports, in milliseconds: how long a span waits for a full batch. Default 5000. */
  readonly scheduledDelayMillis?: number
}

/** A span processor that can be shut down without waiting. */
export type OtlpSpanProcessor = SpanProcessor & ImmediateShutdown

/**
 * Creates a span processor that exports sampled spans as OTLP. It replaces a batch span processor and its
 * exporter, which cannot keep exact delivery statistics together. Never waits, never throws into the
 * application.
 *
 * @throws Error if the URL, a header, a certificate or a key is invalid
 */
export function createOtlpSpanProcessor(options: OtlpSpanProcessorOptions): OtlpSpanProcessor {
  const { maxQueueSize = 2048, maxExportBatchSize = 512, scheduledDelayMillis = 5000 } = options
  const encode = spanEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<ReadableSpan>('traces', options, {
    itemCount: () => 1,
    encode: (spans) => encode([...spans]),
    capacity: maxQueueSize,
    maxBatchSize: Math.min(maxExportBatchSize, maxQueueSize),
    delayMs: scheduledDelayMillis,
  })
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) pipeline.offer(span)
    },
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    shutdownNow: () => pipeline.shutdownNow(),
  }
}

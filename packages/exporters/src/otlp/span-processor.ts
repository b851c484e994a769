import { TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { spanEncoder } from './encoding.ts'
import type { ImmediateShutdown, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

/** Options of {@link createOtlpSpanProcessor}; defaults as the specification's for `OTEL_BSP_*`. */
export interface OtlpSpanProcessorOptions extends OtlpOptions {
  /** Spans that may wait; what comes then is dropped. Default 2048. */
  readonly maxQueueSize?: number
  /** Spans that are sent together at most. Default 512, never more than `maxQueueSize`. */
  readonly maxExportBatchSize?: number
  /** How long spans may wait to be sent together, in milliseconds. Default 5000. */
  readonly scheduledDelayMillis?: number
}

/** Sends ended spans, and can be ended at once. */
export type OtlpSpanProcessor = SpanProcessor & ImmediateShutdown

/**
 * A span processor that sends sampled spans as OTLP: batches, retries and exact books in one, which a batch processor
 * and an exporter apart cannot keep. Never waits, never throws into the application.
 *
 * @throws Error if the URL, a header, or a certificate or key, cannot be used
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

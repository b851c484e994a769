import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type ExportCallback, exportResult } from '../export-result.ts'
import { metricEncoder } from './encoding.ts'
import type { ImmediateShutdown, OtlpOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'
import { countPoints, splitMetrics } from './split-metrics.ts'
import { type TemporalityPreference, temporalitySelector } from './temporality.ts'

/** Options of {@link createOtlpMetricExporter}. */
export interface OtlpMetricExporterOptions extends OtlpOptions {
  /** Default `cumulative`. */
  readonly temporalityPreference?: TemporalityPreference
  /**
   * Data points that may wait while the collector does not answer, for `delta` and `lowmemory`: beyond, the oldest
   * exports are dropped, never the newest. Of cumulative exports only the newest waits: it says all that an older one
   * said. Default 100 000.
   */
  readonly maxQueueSize?: number
  /** Data points that are sent together at most. Default 2000. */
  readonly maxExportBatchSize?: number
}

/** Pushes metrics, and can be ended at once. */
export type OtlpMetricExporter = PushMetricExporter & ImmediateShutdown

/** A part of one export. */
interface ExportPart {
  readonly metrics: ResourceMetrics
  readonly points: number
  readonly settled: (error: Error | undefined) => void
}

/**
 * A metric exporter over OTLP, with exemplars: for a stock `PeriodicExportingMetricReader` or our `PeriodicReader`.
 * It tells its result when all data points have been delivered or some are lost.
 *
 * @throws Error if the URL, a header, or a certificate or key, cannot be used
 */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { temporalityPreference = 'cumulative', maxQueueSize = 100_000, maxExportBatchSize = 2000 } = options
  const encode = metricEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<ExportPart>('metrics', options, {
    itemCount: ({ points }) => points,
    encode: ([piece]) => (piece === undefined ? undefined : encode(piece.metrics)),
    capacity: Number.POSITIVE_INFINITY,
    maxBatchSize: 1,
    delayMs: 0,
    onSettled: ({ settled }, error) => settled(error),
  })
  return {
    export(metrics, done) {
      const points = countPoints(metrics)
      if (points === 0) return done(exportResult(undefined))
      const parts = splitMetrics(metrics, maxExportBatchSize)
      const settled = whenAll(parts.length, done)
      const pieces = parts.map((part) => ({ metrics: part, points: countPoints(part), settled }))
      if (temporalityPreference === 'cumulative') pipeline.replacePending(pieces, () => true, 'superseded')
      else pipeline.replacePending(pieces, (waiting) => waiting + points > maxQueueSize, 'queue_full')
    },
    selectAggregationTemporality: temporalitySelector(temporalityPreference),
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    shutdownNow: () => pipeline.shutdownNow(),
  }
}

/** Told of each of several pieces, tells of all: with the first error, if there was any. */
function whenAll(count: number, done: ExportCallback): (error: Error | undefined) => void {
  let left = count
  let failure: Error | undefined
  return (error) => {
    failure ??= error
    left -= 1
    if (left === 0) done(exportResult(failure))
  }
}

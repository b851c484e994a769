import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { metricEncoder } from './encoding.ts'
import { type Done, resultOf } from './export-result.ts'
import type { Abandonable, OtlpOptions } from './options.ts'
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
export type OtlpMetricExporter = PushMetricExporter & Abandonable

/** A part of one export. */
interface Piece {
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
  const pipeline = new Pipeline<Piece>('metrics', options, {
    weigh: ({ points }) => points,
    encode: ([piece]) => (piece === undefined ? undefined : encode(piece.metrics)),
    capacity: Number.POSITIVE_INFINITY,
    batchWeight: 1,
    delayMs: 0,
    settled: ({ settled }, error) => settled(error),
  })
  return {
    export(metrics, done) {
      const points = countPoints(metrics)
      if (points === 0) return done(resultOf(undefined))
      const parts = splitMetrics(metrics, maxExportBatchSize)
      const settled = whenAll(parts.length, done)
      const pieces = parts.map((part) => ({ metrics: part, points: countPoints(part), settled }))
      if (temporalityPreference === 'cumulative') pipeline.exchange(pieces, () => true, 'superseded')
      else pipeline.exchange(pieces, (waiting) => waiting + points > maxQueueSize, 'queue_full')
    },
    selectAggregationTemporality: temporalitySelector(temporalityPreference),
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    abandon: () => pipeline.abandon(),
  }
}

/** Told of each of several pieces, tells of all: with the first error, if there was any. */
function whenAll(count: number, done: Done): (error: Error | undefined) => void {
  let left = count
  let failure: Error | undefined
  return (error) => {
    failure ??= error
    left -= 1
    if (left === 0) done(resultOf(failure))
  }
}

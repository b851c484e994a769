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
   * Maximum number of queued data points with `delta` and `lowmemory`; beyond it the oldest exports are dropped. With
   * `cumulative` only the newest export is queued, since it contains what older ones contained. Default 100 000.
   */
  readonly maxQueueSize?: number
  /** Maximum number of data points in a request. Default 2000. */
  readonly maxExportBatchSize?: number
}

/** A push exporter of metrics that can be shut down without waiting. */
export type OtlpMetricExporter = PushMetricExporter & ImmediateShutdown

/** A part of one export: the metrics of one request. */
interface ExportPart {
  readonly metrics: ResourceMetrics
  readonly points: number
  readonly onSettled: (error: Error | undefined) => void
}

/**
 * Creates an OTLP metric exporter that sends exemplars, for a `PeriodicExportingMetricReader` of sdk-metrics or a
 * `PeriodicReader`. It calls the result callback when all data points are delivered or some are dropped.
 *
 * @throws Error if the URL, a header, a certificate or a key is invalid
 */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { temporalityPreference = 'cumulative', maxQueueSize = 100_000, maxExportBatchSize = 2000 } = options
  const encode = metricEncoder(options.protocol ?? 'grpc')
  const pipeline = new Pipeline<ExportPart>('metrics', options, {
    itemCount: ({ points }) => points,
    encode: ([part]) => (part === undefined ? undefined : encode(part.metrics)),
    capacity: Number.POSITIVE_INFINITY,
    maxBatchSize: 1,
    delayMs: 0,
    onSettled: ({ onSettled }, error) => onSettled(error),
  })
  return {
    export(metrics, callback) {
      const points = countPoints(metrics)
      if (points === 0) return callback(exportResult(undefined))
      const requests = splitMetrics(metrics, maxExportBatchSize)
      const onSettled = whenAllSettled(requests.length, callback)
      const parts = requests.map((part) => ({ metrics: part, points: countPoints(part), onSettled }))
      if (temporalityPreference === 'cumulative') pipeline.replacePending(parts, () => true, 'superseded')
      else pipeline.replacePending(parts, (pending) => pending + points > maxQueueSize, 'queue_full')
    },
    selectAggregationTemporality: temporalitySelector(temporalityPreference),
    forceFlush: () => pipeline.flush(),
    shutdown: () => pipeline.shutdown(),
    shutdownNow: () => pipeline.shutdownNow(),
  }
}

/** Returns a function that calls `callback` at its last of `count` calls, with the first error. */
function whenAllSettled(count: number, callback: ExportCallback): (error: Error | undefined) => void {
  let left = count
  let firstError: Error | undefined
  return (error) => {
    firstError ??= error
    left -= 1
    if (left === 0) callback(exportResult(firstError))
  }
}

import {
  ConsoleMetricExporter,
  createOtlpMetricExporter,
  DeliveryStats,
  PeriodicReader,
} from '@vr/otel-exporters'
import { describeDestination, otlpExporterOptions } from '../config/otlp-exporter-options.ts'
import type { Settings } from '../config/settings.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { writeToStderr } from '../logging/write-to-stderr.ts'

/** Readers that push metrics to exporters. */
export interface PushReaders {
  readonly readers: readonly PeriodicReader[]
  /** Delivery statistics of the exporters that have them. */
  readonly deliveryStats: readonly DeliveryStats[]
  /** Destinations, as text for the start line. */
  readonly destinations: readonly string[]
  /** Drops the data points that have not been exported, and stops exporting. */
  shutdownNow(): void
}

/** Creates the push readers of `VR_METRICS_EXPORTER`. Exporters that are not selected are not loaded. */
export function createPushReaders(settings: Settings, log: StderrLogger): PushReaders {
  const interval = { exportIntervalMillis: settings.exportInterval }
  const readers: PeriodicReader[] = []
  const deliveryStats: DeliveryStats[] = []
  const destinations: string[] = []
  let shutdownNow = (): void => {}
  if (settings.metricsExporter.includes('otlp')) {
    const options = otlpExporterOptions(settings, 'metrics', log)
    const stats = new DeliveryStats('metrics')
    const exporter = createOtlpMetricExporter({
      ...options,
      deliveryStats: stats,
      temporalityPreference: settings.temporality,
    })
    readers.push(new PeriodicReader({ exporter, ...interval }))
    deliveryStats.push(stats)
    destinations.push(describeDestination(options))
    shutdownNow = () => exporter.shutdownNow()
  }
  if (settings.metricsExporter.includes('console')) {
    const exporter = new ConsoleMetricExporter({ write: writeToStderr })
    readers.push(new PeriodicReader({ exporter, ...interval }))
    destinations.push('the console')
  }
  return { readers, deliveryStats, destinations, shutdownNow }
}

import {
  ConsoleMetricExporter,
  createOtlpMetricExporter,
  DeliveryStats,
  PeriodicReader,
  type PeriodicReaderOptions,
} from '@vr/otel-exporters'
import { PROMETHEUS_PROCESS_METRICS } from '@vr/otel-instruments/internal'
import { describeDestination, otlpExporterOptions } from '../config/otlp-exporter-options.ts'
import type { Settings } from '../config/settings.ts'
import type { ExternalProducers } from '../external/producers.ts'
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
export function createPushReaders(
  settings: Settings,
  log: StderrLogger,
  external: ExternalProducers | undefined,
): PushReaders {
  const options = {
    exportIntervalMillis: settings.exportInterval,
    excludedInstruments: PROMETHEUS_PROCESS_METRICS.map(({ name }) => name),
  }
  const additional = (
    exporter: PeriodicReaderOptions['exporter'],
  ): Pick<PeriodicReaderOptions, 'metricProducers'> =>
    external === undefined
      ? {}
      : { metricProducers: [external.pushed((type) => exporter.selectAggregationTemporality?.(type))] }
  const readers: PeriodicReader[] = []
  const deliveryStats: DeliveryStats[] = []
  const destinations: string[] = []
  let shutdownNow = (): void => {}
  if (settings.metricsExporter.includes('otlp')) {
    const connection = otlpExporterOptions(settings, 'metrics', log)
    const stats = new DeliveryStats('metrics')
    const exporter = createOtlpMetricExporter({
      ...connection,
      deliveryStats: stats,
      temporalityPreference: settings.temporality,
    })
    readers.push(new PeriodicReader({ exporter, ...options, ...additional(exporter) }))
    deliveryStats.push(stats)
    destinations.push(describeDestination(connection))
    shutdownNow = () => exporter.shutdownNow()
  }
  if (settings.metricsExporter.includes('console')) {
    const exporter = new ConsoleMetricExporter({ write: writeToStderr })
    readers.push(new PeriodicReader({ exporter, ...options, ...additional(exporter) }))
    destinations.push('the console')
  }
  return { readers, deliveryStats, destinations, shutdownNow }
}

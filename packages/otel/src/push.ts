import {
  ConsoleMetricExporter,
  createOtlpMetricExporter,
  DeliveryStats,
  PeriodicReader,
} from '@vr/otel-exporters'
import type { Settings } from './config/settings.ts'
import { destinationOf, otlpConnection } from './otlp-connection.ts'
import type { Report } from './report.ts'
import { writeToStderr } from './stderr.ts'

/** Metrics that go out by themselves. */
export interface Push {
  readonly readers: readonly PeriodicReader[]
  /** What became of the data points. */
  readonly deliveryStats: readonly DeliveryStats[]
  /** Where they go, for people. */
  readonly destinations: readonly string[]
  shutdownNow(): void
}

/** What `VR_METRICS_EXPORTER` asks for besides the pull endpoint; nothing is loaded for what it does not ask for. */
export function createPush(settings: Settings, report: Report): Push {
  const exporters = settings.metricsExporter
  const every = { exportIntervalMillis: settings.exportInterval }
  const readers: PeriodicReader[] = []
  const deliveryStats: DeliveryStats[] = []
  const destinations: string[] = []
  let shutdownNow = (): void => {}
  if (exporters.includes('otlp')) {
    const connection = otlpConnection(settings, 'metrics', report)
    const stats = new DeliveryStats('metrics')
    const temporalityPreference = settings.temporality
    const exporter = createOtlpMetricExporter({ ...connection, deliveryStats: stats, temporalityPreference })
    readers.push(new PeriodicReader({ exporter, ...every }))
    deliveryStats.push(stats)
    destinations.push(destinationOf(connection))
    shutdownNow = () => exporter.shutdownNow()
  }
  if (exporters.includes('console')) {
    readers.push(
      new PeriodicReader({ exporter: new ConsoleMetricExporter({ write: writeToStderr }), ...every }),
    )
    destinations.push('the console')
  }
  return { readers, deliveryStats, destinations, shutdownNow }
}

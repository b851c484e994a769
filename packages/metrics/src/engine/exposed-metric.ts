import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { Family } from './family.ts'

/**
 * A metric that was read from an exposition: of an engine, or of another metrics library in this process.
 *
 * Counters, gauges and histograms have data points as every metric, with the name of their samples as the name of the instrument.
 * Other types (summary, unknown, info, stateset, gaugehistogram) have none, because OpenTelemetry has no type for them: only
 * `exposed` has their values, so that push exporters leave them out.
 */
export type ExposedMetric = MetricData & {
  /** The family as it was read. A Prometheus exporter writes its name, type, unit and help without a change. */
  readonly exposed: Family
}

/** Returns the family of a metric that was read from an exposition; `undefined` for any other metric. */
export function exposedFamily(metric: MetricData): Family | undefined {
  return (metric as Partial<ExposedMetric>).exposed
}

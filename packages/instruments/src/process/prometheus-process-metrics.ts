import type { InstrumentDefinition } from '../instruments/definition.ts'
import { processStart } from '../real-clocks.ts'
import { maxFileDescriptors, openFileDescriptors } from './linux-process.ts'

/** A metric with one series, without attributes. */
export type PrometheusProcessMetric = InstrumentDefinition & {
  readonly kind: 'counter' | 'gauge'
  /** Returns the current value; `undefined` where the platform does not provide it. */
  value(): number | undefined
}

/**
 * Process metrics with the names that Prometheus client libraries of all languages use, and that generic dashboards
 * query. Scrapes only: push readers exclude them. The group `process` has the same values under the names of the semantic conventions,
 * in scrapes and in OTLP.
 */
export const PROMETHEUS_PROCESS_METRICS: readonly PrometheusProcessMetric[] = [
  {
    name: 'process.cpu',
    kind: 'counter',
    unit: 's',
    description: 'User and system CPU time used by the process.',
    attributes: [],
    value: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
  },
  {
    name: 'process.resident_memory',
    kind: 'gauge',
    merge: 'sum',
    unit: 'By',
    description: 'Physical memory of the process.',
    attributes: [],
    value: () => process.memoryUsage.rss(),
  },
  {
    name: 'process.start_time',
    kind: 'gauge',
    merge: 'min',
    unit: 's',
    description: 'Start time of the process, in seconds since the Unix epoch.',
    attributes: [],
    value: () => processStart / 1000,
  },
  {
    name: 'process.open_fds',
    kind: 'gauge',
    // The limit is one of each process: alerts on open_fds / max_fds concern the process that is nearest to it.
    merge: 'max',
    unit: '{file_descriptor}',
    description: 'Number of open file descriptors (Linux).',
    attributes: [],
    value: openFileDescriptors,
  },
  {
    name: 'process.max_fds',
    kind: 'gauge',
    merge: 'min',
    unit: '{file_descriptor}',
    description: 'Maximum number of open file descriptors (Linux).',
    attributes: [],
    value: maxFileDescriptors,
  },
]

/**
 * Instruments of the group `process` that are not in scrapes. Their Prometheus names would end with `_count`, a suffix of
 * histograms (rule of `promtool check metrics`).
 */
export const OTEL_ONLY_PROCESS_METRICS: readonly string[] = [
  'process.thread.count',
  'process.unix.file_descriptor.count',
]

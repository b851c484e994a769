import { resolve } from 'node:path'
import type { MeterProvider } from '@opentelemetry/api'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { METRIC_EVENT_CHANNEL, subscribeAll } from '@vr/otel-instruments/internal'
import { processClock } from '@vr/otel-metrics/internal'
import type { Settings } from '../config/settings.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { LineAppender } from './append-lines.ts'
import { EventFile } from './event-file.ts'
import { observeEvents } from './event-metrics.ts'
import { type EventSink, EventWriter } from './event-writer.ts'

/** File descriptor of stderr. */
const STDERR = 2

/** Metric events that are written to the destination of `VR_METRIC_EVENTS`. */
export interface WrittenEvents {
  readonly writer: EventWriter
  /** Receives no more events. */
  stop(): void
}

/**
 * Writes the metric events of this process or thread. Nothing is opened before the first one.
 * @param meterProvider `undefined` while metrics are off: then no events are written
 * @returns `undefined` if no events are written
 */
export function writeMetricEvents(
  { metricEvents, metricsGroups }: Pick<Settings, 'metricEvents' | 'metricsGroups'>,
  meterProvider: MeterProvider | undefined,
  log: StderrLogger,
): WrittenEvents | undefined {
  if (metricEvents === 'off' || meterProvider === undefined) return undefined
  const isConsole = metricEvents === 'console'
  const sink = isConsole ? stderrSink() : new EventFile(resolve(metricEvents), processClock)
  const writer = new EventWriter({ sink, log, destination: isConsole ? 'stderr' : metricEvents })
  if (metricsGroups.includes('self')) observeEvents(meterProvider.getMeter(SCOPE_NAME), writer)
  const stop = subscribeAll({
    [METRIC_EVENT_CHANNEL]: (event: unknown) => writer.write(`${JSON.stringify(event)}\n`),
  })
  return { writer, stop }
}

/** Writes to stderr. A pipe takes up to 4096 bytes as a whole (`PIPE_BUF`), so that no other output is between them. */
function stderrSink(): EventSink {
  const appender = new LineAppender(STDERR)
  return {
    maxBatchBytes: 4096,
    append: (lines) => appender.append(lines),
    appendSync: (lines) => appender.appendSync(lines),
    close: async () => {},
  }
}

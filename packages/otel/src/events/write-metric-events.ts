import { resolve } from 'node:path'
import { METRIC_EVENT_CHANNEL, subscribeAll } from '@vr/otel-instruments/internal'
import { processClock } from '@vr/otel-metrics/internal'
import type { Settings } from '../config/settings.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { LineAppender } from './append-lines.ts'
import { EventFile } from './event-file.ts'
import { type EventSink, EventWriter } from './event-writer.ts'

/** File descriptor of stderr. */
const STDERR = 2

/** Metric events that are written to the destination of `VR_METRIC_EVENTS`. */
export interface WrittenEvents {
  readonly writer: EventWriter
  /** Receives no more events. */
  stop(): void
}

/** Writes the metric events of this process or thread. Nothing is opened before the first one. Returns `undefined` if they are off. */
export function writeMetricEvents(
  { metricEvents, metricsEnabled }: Pick<Settings, 'metricEvents' | 'metricsEnabled'>,
  log: StderrLogger,
): WrittenEvents | undefined {
  if (metricEvents === 'off' || !metricsEnabled) return undefined
  const isConsole = metricEvents === 'console'
  const sink = isConsole ? stderrSink() : new EventFile(resolve(metricEvents), processClock)
  const writer = new EventWriter({ sink, log, destination: isConsole ? 'stderr' : metricEvents })
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

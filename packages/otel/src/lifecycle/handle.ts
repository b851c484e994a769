import type { MeterProvider } from '@opentelemetry/api'
import { settleWithin } from '@vr/otel-metrics/internal'
import { printSettings } from '../config/print-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { EventWriter } from '../events/event-writer.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import type { MetricsPipeline } from '../metrics/pipeline.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { instance, setInstance } from './instance.ts'
import type { OtelHandle } from './otel-handle.ts'

/** Default time limit of a flush or shutdown that the application calls, in milliseconds. */
const TIMEOUT_MS = 1000

/** Keeps the process alive until a hanging export has timed out and is counted as dropped. */
const HOLDS = { holds: true }

/** The parts that a handle flushes and shuts down; `undefined` for a part that was not started. */
export interface StartedParts {
  readonly settings: Settings
  readonly meterProvider: MeterProvider
  readonly metrics: MetricsPipeline | undefined
  readonly tracing: Tracing | undefined
  /** Writes metric events. */
  readonly events: EventWriter | undefined
  /** Remove hooks and globals; called in reverse order. */
  readonly cleanups: readonly (() => void)[]
  readonly log: StderrLogger
}

/** Creates the handle of the started parts. */
export function createHandle(parts: StartedParts): OtelHandle {
  const { settings, meterProvider, metrics, tracing, events, cleanups, log } = parts
  const end = async (): Promise<void> => {
    // Reads the observable instruments before they are removed.
    const pushed = metrics?.group.flush()
    for (const cleanup of [...cleanups].reverse()) run(cleanup, log)
    await Promise.allSettled([
      pushed,
      metrics?.endpoint?.close(),
      metrics?.provider.shutdown(),
      tracing?.shutdown(),
      events?.close(),
    ])
    metrics?.group.leave()
  }
  let ended: Promise<void> | undefined
  const handle: OtelHandle = {
    meterProvider,
    settings: printSettings(settings),
    forceFlush: (timeoutMs) =>
      settleWithin(ended ?? flush(metrics, tracing, events), limitOf(timeoutMs), HOLDS),
    async shutdown(timeoutMs) {
      ended ??= end()
      if (instance()?.handle === handle) setInstance(undefined)
      await settleWithin(ended, limitOf(timeoutMs), HOLDS)
      shutdownNow(metrics, tracing)
    },
  }
  return handle
}

/** Returns the time limit that the application passed, or the default unless it is a number. */
function limitOf(timeoutMs: unknown): number {
  return typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs) ? timeoutMs : TIMEOUT_MS
}

/** Creates a handle that does nothing, for a process in which nothing is started. */
export function createNoopHandle(settings: Settings, meterProvider: MeterProvider): OtelHandle {
  return {
    meterProvider,
    settings: printSettings(settings),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

/** Runs a cleanup; if it fails, the others still run. */
function run(cleanup: () => void, log: StderrLogger): void {
  try {
    cleanup()
  } catch (error) {
    log.error(
      'shutdown: a hook could not be removed; it stays in place and does nothing. Please report this error:',
      error,
    )
  }
}

/** Exports queued data. Resolves when all of it is exported or dropped, without a time limit. */
export async function flush(
  metrics: MetricsPipeline | undefined,
  tracing: Tracing | undefined,
  events: EventWriter | undefined,
): Promise<void> {
  await Promise.allSettled([
    metrics?.provider.forceFlush(),
    metrics?.group.flush(),
    tracing?.forceFlush(),
    events?.flush(),
  ])
}

/** Drops queued data and closes connections, so that the process can end. */
export function shutdownNow(metrics: MetricsPipeline | undefined, tracing: Tracing | undefined): void {
  metrics?.shutdownNow?.()
  tracing?.shutdownNow()
}

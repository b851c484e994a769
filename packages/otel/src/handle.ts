import type { MeterProvider } from '@opentelemetry/api'
import { printSettings } from './config/print-settings.ts'
import type { Settings } from './config/settings.ts'
import { instance, type OtelHandle, setInstance } from './instance.ts'
import { within } from './lifecycle/shutdown.ts'
import type { MetricsPipeline } from './metrics-pipeline.ts'
import type { Report } from './report.ts'
import type { Tracing } from './tracing/start-tracing.ts'

/** How long a flush and a shutdown that the application asks for may take if it does not say, in milliseconds. */
const TIMEOUT_MS = 1000

/** What a handle stands for; all that is left out was not started. */
export interface Started {
  readonly settings: Settings
  readonly meterProvider: MeterProvider
  readonly metrics?: MetricsPipeline | undefined
  readonly tracing?: Tracing | undefined
  /** Undoes hooks and globals; run last first. */
  readonly ends?: readonly (() => void)[]
  readonly report?: Report | undefined
}

/** The handle of what was started. */
export function createHandle(started: Started): OtelHandle {
  const { settings, meterProvider, metrics, tracing, ends = [], report } = started
  const end = async (): Promise<void> => {
    for (const step of [...ends].reverse()) undo(step, report)
    await Promise.allSettled([metrics?.endpoint?.close(), metrics?.provider.shutdown(), tracing?.shutdown()])
  }
  let ended: Promise<void> | undefined
  const handle: OtelHandle = {
    meterProvider,
    settings: printSettings(settings),
    forceFlush: (timeoutMs = TIMEOUT_MS) => within(timeoutMs, ended ?? flush(metrics, tracing)),
    shutdown(timeoutMs = TIMEOUT_MS) {
      ended ??= end()
      if (instance()?.handle === handle) setInstance(undefined)
      return within(timeoutMs, ended).then(() => shutdownNow(metrics, tracing))
    },
  }
  return handle
}

/** One step that fails must not keep the others from being taken. */
function undo(step: () => void, report: Report | undefined): void {
  try {
    step()
  } catch (error) {
    report?.error('shutdown: a hook could not be removed', error)
  }
}

/** Sends what waits; settles when all of it has been sent or given up, which may take as long as the collector likes. */
export async function flush(
  metrics: MetricsPipeline | undefined,
  tracing: Tracing | undefined,
): Promise<void> {
  await Promise.allSettled([metrics?.provider.forceFlush(), tracing?.forceFlush()])
}

/** Gives up what has not been sent, so that nothing holds up the end of the process. */
export function shutdownNow(metrics: MetricsPipeline | undefined, tracing: Tracing | undefined): void {
  metrics?.shutdownNow?.()
  tracing?.shutdownNow()
}

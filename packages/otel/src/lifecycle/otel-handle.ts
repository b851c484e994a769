import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MeterProvider } from '@opentelemetry/api'

/** A request listener of `node:http`; also for frameworks that pass its two arguments on. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

/** A running telemetry instance, returned by `startOtel()`. */
export interface OtelHandle {
  /**
   * Records all metrics. Pass it to instrumentations that do not use the globals of the OpenTelemetry API. A no-op
   * provider while metrics are off.
   */
  readonly meterProvider: MeterProvider
  /** The settings in effect, as text, by environment variable. Secrets are masked. */
  readonly settings: Readonly<Record<string, string>>
  /**
   * Exports all recorded spans, and metrics that are pushed. Call it before `process.exit()`, which does not wait for
   * exports.
   * @param timeoutMs time limit in milliseconds, default 1000, also for `NaN`; `Infinity`: no limit
   * @returns resolves when the export is done or the time is up; never rejects
   */
  forceFlush(timeoutMs?: number): Promise<void>
  /**
   * Stops telemetry: removes all hooks at once, exports what was recorded, closes the endpoint. Requests in flight are not
   * recorded. A wrapper of ours that other code has wrapped since stays in place and does nothing. `startOtel()` can start
   * a new instance immediately; meters, tracers and instruments of this one stay shut down. A second call waits for the
   * first.
   * @param timeoutMs time limit in milliseconds, default 1000, also for `NaN`; the rest is then dropped. `Infinity`: no
   * limit
   * @returns resolves when the export is done or the time is up; never rejects
   */
  shutdown(timeoutMs?: number): Promise<void>
}

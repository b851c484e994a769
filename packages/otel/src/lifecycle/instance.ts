import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MeterProvider } from '@opentelemetry/api'
import type { GatewayInstruments } from '@vr/otel-instruments'
import type { MetricSnapshot, SnapshotFilter } from '../snapshot/metric-snapshot.ts'
import type { WindowOptions } from '../snapshot/metric-window.ts'

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

/** Reads metrics in code. Its promises reject if the metrics cannot be collected. */
export interface SnapshotReader {
  readonly handler: RequestHandler
  readonly windows: {
    rate(options: WindowOptions): Promise<number | undefined>
    quantile(options: WindowOptions, q: number): Promise<number | undefined>
  }
  read(filter?: SnapshotFilter): Promise<MetricSnapshot[]>
}

/** The instance that all copies of this package in a process share. */
export interface Instance {
  readonly version: string
  readonly handle: OtelHandle
  /** `undefined` while metrics and tracing are off. */
  readonly instruments: GatewayInstruments | undefined
  /** Answers whether the process is ready. Missing in earlier versions. */
  readonly readyHandler?: RequestHandler
  /** Called after `setReady`. Missing in earlier versions. */
  readonly readyStateChanged?: () => void
  /** `undefined` without a pull endpoint. */
  readonly metricsHandler: RequestHandler | undefined
  /** `undefined` while metrics are off. */
  readonly snapshots: SnapshotReader | undefined
}

const INSTANCE = Symbol.for('@vr/otel')

interface Holder {
  [INSTANCE]?: Instance
}

/** Returns the instance of the process, whichever copy of this package started it. */
export function instance(): Instance | undefined {
  return (globalThis as Holder)[INSTANCE]
}

/** Sets the instance of the process; `undefined` removes it. */
export function setInstance(started: Instance | undefined): void {
  if (started === undefined) Reflect.deleteProperty(globalThis, INSTANCE)
  else Object.defineProperty(globalThis, INSTANCE, { value: started, configurable: true, enumerable: false })
}

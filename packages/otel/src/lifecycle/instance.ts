import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MeterProvider } from '@opentelemetry/api'
import type { GatewayInstruments } from '@vr/otel-instruments'

/** A listener of `node:http`, or anything that has its two arguments. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

/** What `startOtel` gives. */
export interface OtelHandle {
  /**
   * Where all metrics are recorded: give it to an instrumentation that does not use the API's globals.
   * A no-op provider while metrics are off.
   */
  readonly meterProvider: MeterProvider
  /** The settings in effect, by variable, as text; secrets are masked. */
  readonly settings: Readonly<Record<string, string>>
  /**
   * Sends what is waiting: for processes that end by `process.exit`.
   * @param timeoutMs how long it may take, in milliseconds; default 1000
   * @returns settles in that time, and never rejects
   */
  forceFlush(timeoutMs?: number): Promise<void>
  /**
   * Sends what is waiting and ends all of it: hooks, endpoint, exporters. The hooks are removed at once: prototypes, modules,
   * channels and listeners are as they were before the start; a wrapper that somebody else has wrapped since stays below
   * theirs and does nothing. Requests in flight end unmeasured. A second call waits for the first. `startOtel` begins anew,
   * also while this still sends; meters, tracers and instruments that were got before stay with what was shut down.
   * @param timeoutMs how long it may take, in milliseconds; default 1000
   * @returns settles in that time, and never rejects
   */
  shutdown(timeoutMs?: number): Promise<void>
}

/** What copies of this package in one process share. */
export interface Instance {
  readonly version: string
  readonly handle: OtelHandle
  /** `undefined` while metrics are off. */
  readonly instruments: GatewayInstruments | undefined
  readonly metricsHandler: RequestHandler | undefined
}

const INSTANCE = Symbol.for('@vr/otel')

interface Holder {
  [INSTANCE]?: Instance
}

/** The one instance of the process, whichever copy of the package made it. */
export function instance(): Instance | undefined {
  return (globalThis as Holder)[INSTANCE]
}

/** Makes `made` the instance of the process; with `undefined` there is none any more. */
export function setInstance(made: Instance | undefined): void {
  if (made === undefined) Reflect.deleteProperty(globalThis, INSTANCE)
  else Object.defineProperty(globalThis, INSTANCE, { value: made, configurable: true, enumerable: false })
}

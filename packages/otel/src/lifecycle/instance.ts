import type { GatewayInstruments } from '@vr/otel-instruments'
import type { MetricSnapshot, SnapshotFilter } from '../snapshot/metric-snapshot.ts'
import type { WindowOptions } from '../snapshot/metric-window.ts'
import type { OtelHandle, RequestHandler } from './otel-handle.ts'

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

/** Delay of the event loop in seconds. */
export interface LoopDelay {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** A space of the V8 heap, in bytes. */
export interface HeapSpace {
  readonly name: string
  readonly used: number
  readonly size: number
  readonly available: number
  readonly physical: number
}

/** State of the process at one time, in seconds and bytes. `undefined` if the platform does not provide a value. */
export interface ProcessReading {
  readonly delay: LoopDelay | undefined
  /** Fraction of time that the event loop was active, from 0 to 1. */
  readonly utilization: number
  readonly loopTime: { readonly active: number; readonly idle: number }
  readonly heapSpaces: readonly HeapSpace[]
  /** Number of active resources by type. */
  readonly resources: Readonly<Record<string, number>>
  readonly cpuTime: { readonly user: number; readonly system: number }
  readonly memory: number
  readonly virtualMemory: number | undefined
  readonly threads: number | undefined
  readonly fileDescriptors: number | undefined
  readonly contextSwitches: { readonly voluntary: number; readonly involuntary: number }
  readonly pagingFaults: { readonly major: number; readonly minor: number }
  readonly diskIo: { readonly read: number; readonly write: number } | undefined
  readonly uptime: number
}

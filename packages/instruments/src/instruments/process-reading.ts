/** How late the event loop was, in seconds. */
export interface LoopDelay {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** One space of V8's heap, in bytes. */
export interface HeapSpace {
  readonly name: string
  readonly used: number
  readonly size: number
  readonly available: number
  readonly physical: number
}

/** The state of a process at one moment, in seconds and bytes. What a platform does not tell is `undefined`. */
export interface ProcessReading {
  readonly delay: LoopDelay | undefined
  /** From 0 to 1. */
  readonly utilization: number
  readonly loopTime: { readonly active: number; readonly idle: number }
  readonly heapSpaces: readonly HeapSpace[]
  /** How many there are of each kind. */
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

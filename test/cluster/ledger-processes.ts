import type { Ledger } from './ledger.ts'

/** Orderly ends of a worker, of its own or by a signal that it does not handle. */
export const ORDERLY_ENDS = ['drain', 'exit', 'throw', 'SIGTERM'] as const

/** An orderly end of a worker. */
export type OrderlyEnd = (typeof ORDERLY_ENDS)[number]

/** How a worker was ended. */
export type End = OrderlyEnd | 'SIGKILL'

/** One worker process. */
export interface Worker {
  /** From 0, in the order of their start; not reused. */
  readonly number: number
  readonly pid: number
}

/** Processes that share their metrics, and write what they count into ledgers. One that ends is replaced. */
export interface LedgerProcesses {
  /** Workers that listen and have not ended, in the order of their start. Includes stopped workers. */
  readonly living: readonly Worker[]
  /** Number of workers that have been started. */
  readonly started: number
  /** Returns how the worker was ended; `undefined` if it was not. */
  endOf(worker: number): End | undefined
  /** Resolves when this number of workers listens. */
  waitForWorkers(count: number): Promise<void>
  /** Kills a worker by SIGKILL. */
  kill(worker: Worker): void
  /** Stops a worker by SIGSTOP. */
  stop(worker: Worker): void
  /** Continues a stopped worker. */
  continue(worker: Worker): void
  /** Makes a worker end in an orderly way. */
  end(worker: Worker, how: OrderlyEnd): void
  /** Resolves when a worker has ended. */
  ended(worker: Worker): Promise<void>
  /** Returns what a worker has counted. */
  ledger(worker: number): Ledger
}

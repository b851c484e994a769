/** Command-line flags of the demo. */
import { parseArgs } from 'node:util'

const MAX_WORKERS = 64

/** The parsed flags. */
export interface Flags {
  /** Sends a fixed number of requests, checks the telemetry, and exits. */
  readonly once: boolean
  /** Number of processes that run the gateway; `undefined` for one process without `node:cluster`. */
  readonly workers: number | undefined
}

/** Printed after the error message of {@link parseFlags}. */
export const USAGE = 'usage: npm start -- [--workers <number>] [--once]'

/**
 * Parses the flags of this process.
 *
 * @throws Error for an unknown flag or an invalid value
 */
export function parseFlags(): Flags {
  const { once, workers } = parseArgs({
    options: { once: { type: 'boolean', default: false }, workers: { type: 'string' } },
  }).values
  if (workers === undefined) return { once, workers: undefined }
  const number = Number(workers)
  if (!Number.isInteger(number) || number < 1 || number > MAX_WORKERS) {
    throw new RangeError(`--workers: got "${workers}", expected an integer from 1 to ${MAX_WORKERS}`)
  }
  return { once, workers: number }
}

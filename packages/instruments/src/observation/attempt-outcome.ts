import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'

/** Why the transfer of an attempt ended early. */
export type AttemptFailure =
  /** The application aborted it. */
  | 'aborted'
  /** A time limit was exceeded. */
  | 'timed_out'
  /** There was no connection, or it broke. */
  | 'broken'

/** Everything that decides the outcome of an attempt. */
export interface AttemptEvidence {
  /** Status code; `undefined` if no response arrived. */
  readonly status: number | undefined
  /** Whether the whole response was received and, if it was a stream, its end event. */
  readonly isComplete: boolean
  /** Whether the stream or the body reported a failure. */
  readonly hasFailed: boolean
  /** `undefined` if the transfer did not end early. */
  readonly failure: AttemptFailure | undefined
}

/**
 * Returns the outcome of an attempt. In order of precedence: a status that is an error, a time limit, an error in the body,
 * an abort by the application, and a response that is incomplete.
 */
export function attemptOutcome({ status, isComplete, hasFailed, failure }: AttemptEvidence): AttemptOutcome {
  if (status === 429) return 'rate_limited'
  if (status !== undefined && status >= 500) return 'server_error'
  if (status !== undefined && status >= 400) return 'client_error'
  if (failure === 'timed_out') return 'timeout'
  if (hasFailed) return 'server_error'
  if (failure === 'aborted') return status === undefined ? 'client_error' : 'ok'
  if (status === undefined) return 'network'
  return isComplete ? 'ok' : 'server_error'
}

import type { StreamOutcome } from '../cardinality/outcome.ts'
import type { StreamResult } from '../wire/facts.ts'

export { STREAM_OUTCOMES, type StreamOutcome } from '../cardinality/outcome.ts'

/** How the transfer of a response ended, as the hooks of its server observed it. */
export type TerminationCause =
  /** The whole response was passed to the operating system. */
  | 'finished'
  /** The client closed or reset the connection first. */
  | 'client_closed'
  /** The server closed the connection first: the application destroyed the response or stopped reading the request. */
  | 'server_closed'
  /** The connection was idle, or the request incomplete, for longer than the server allows. */
  | 'timed_out'

/** Result of the last outgoing call that the application made while it handled the request. */
export type UpstreamResult =
  /** The call was answered. */
  | 'ok'
  /** The upstream could not be reached, closed early, or answered with an error. */
  | 'failed'
  /** The call exceeded a time limit. */
  | 'timed_out'

/** What the events of a stream have shown so far. */
export interface StreamEvents {
  /** Whether the format of the stream has an end event: a stream that stops without it was cut off. */
  readonly hasEndEvent: boolean
  /** The result that the stream announced last; `undefined` before its end event. */
  readonly result: StreamResult | undefined
}

/** Everything that decides the outcome of a stream. */
export interface StreamEvidence {
  readonly cause: TerminationCause
  /** Outcome that the application set with `setStreamOutcome`. */
  readonly reportedOutcome: StreamOutcome | undefined
  /** `undefined` if the events could not be read, for example in an unknown content encoding. */
  readonly events: StreamEvents | undefined
  readonly upstream: UpstreamResult | undefined
}

/**
 * Returns the outcome of a stream. In order of precedence: the outcome set by the application, the result that the stream
 * announced (a client may close right after it), the side that closed the connection, the outgoing call, and whether
 * the end event is missing.
 */
export function streamOutcome({ cause, reportedOutcome, events, upstream }: StreamEvidence): StreamOutcome {
  if (reportedOutcome !== undefined) return reportedOutcome
  if (events?.result === 'completed') return 'completed'
  if (events?.result === 'failed') return upstream === 'timed_out' ? 'timeout' : 'upstream_error'
  if (cause === 'client_closed') return 'client_abort'
  if (cause === 'timed_out' || upstream === 'timed_out') return 'timeout'
  if (upstream === 'failed') return 'upstream_error'
  if (cause === 'server_closed') return 'server_error'
  return events?.hasEndEvent === true ? 'server_error' : 'completed'
}

/** Status of a request whose client closed the connection before a status code was sent (nginx logs the same code). */
export const CLIENT_CLOSED_REQUEST = 499

/** Value of `error.type` by outcome; `undefined` for an outcome that is not an error. */
const ERROR_TYPE_OF_OUTCOME = {
  completed: undefined,
  client_abort: 'client_abort',
  upstream_error: 'upstream_error',
  server_error: 'server_error',
  timeout: 'timeout',
} as const satisfies Readonly<Record<StreamOutcome, string | undefined>>

/** Value of `error.type` of a response that is not an event stream, by cause. */
const ERROR_TYPE_OF_CAUSE = {
  finished: undefined,
  client_closed: 'client_abort',
  server_closed: 'server_error',
  timed_out: 'timeout',
} as const satisfies Readonly<Record<TerminationCause, string | undefined>>

/**
 * Returns the value of `error.type` of a request (semantic conventions, HTTP): the failure of its stream or of the transfer
 * of its response, else a status code of 500 or above; `undefined` for a successful request.
 */
export function errorType(
  cause: TerminationCause,
  outcome: StreamOutcome | undefined,
  status: number | undefined,
): string | undefined {
  const failure = outcome === undefined ? ERROR_TYPE_OF_CAUSE[cause] : ERROR_TYPE_OF_OUTCOME[outcome]
  return failure ?? (status !== undefined && status >= 500 ? String(status) : undefined)
}

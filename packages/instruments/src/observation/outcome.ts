import type { StreamFacts } from '../wire/stream-protocol.ts'

/** How an event stream ended. */
export type StreamOutcome = 'completed' | 'client_abort' | 'upstream_error' | 'server_error' | 'timeout'

/** Every {@link StreamOutcome}. */
export const STREAM_OUTCOMES: readonly StreamOutcome[] = [
  'completed',
  'client_abort',
  'upstream_error',
  'server_error',
  'timeout',
]

/** What the server saw happen to an answer; the adapter of a server decides which. */
export type TerminationCause =
  /** All of it was handed to the operating system. */
  | 'finished'
  /** The client closed or reset the connection first. */
  | 'client_closed'
  /** The server closed the connection first: the application destroyed the answer, or gave up on it. */
  | 'server_closed'
  /** The connection was idle, or the request not there, for longer than the server allows. */
  | 'timed_out'

/** How the last call ended that the application made upstream while it handled the request. */
export type UpstreamResult =
  /** It answered. */
  | 'ok'
  /** It could not be reached, broke off, or answered that it failed. */
  | 'failed'
  /** It was given up after a time limit. */
  | 'timed_out'

/** All that is known of a stream at its end. */
export interface StreamEvidence {
  readonly cause: TerminationCause
  /** What the application said with `setStreamOutcome`. */
  readonly reportedOutcome: StreamOutcome | undefined
  /** What the events said; `undefined` if they could not be read (a compressed stream). */
  readonly facts: StreamFacts | undefined
  readonly upstream: UpstreamResult | undefined
}

/**
 * The outcome of a stream. The word of the application comes first, then an end that the stream itself announced
 * (a client may close right after it), then who closed, then the engine, then whether an end is missing.
 */
export function streamOutcome({ cause, reportedOutcome, facts, upstream }: StreamEvidence): StreamOutcome {
  if (reportedOutcome !== undefined) return reportedOutcome
  if (facts?.terminal === 'completed') return 'completed'
  if (facts?.terminal === 'failed') return upstream === 'timed_out' ? 'timeout' : 'upstream_error'
  if (cause === 'client_closed') return 'client_abort'
  if (cause === 'timed_out' || upstream === 'timed_out') return 'timeout'
  if (upstream === 'failed') return 'upstream_error'
  if (cause === 'server_closed') return 'server_error'
  return facts?.hasKnownEnd === true ? 'server_error' : 'completed'
}

/** The status of a request whose client left before any code was sent (as nginx logs it). */
export const CLIENT_CLOSED_REQUEST = 499

const ERROR_OF_CAUSE: Readonly<Record<TerminationCause, StreamOutcome | undefined>> = {
  finished: undefined,
  client_closed: 'client_abort',
  server_closed: 'server_error',
  timed_out: 'timeout',
}

/**
 * `error.type` of a request by the semantic conventions: how its stream or its answer failed to end well, else the
 * status code if it is one of a server's failure; `undefined` for a request that went well.
 */
export function errorType(
  cause: TerminationCause,
  outcome: StreamOutcome | undefined,
  status: number | undefined,
): string | undefined {
  const failure = outcome ?? ERROR_OF_CAUSE[cause]
  if (failure !== undefined && failure !== 'completed') return failure
  return status !== undefined && status >= 500 ? String(status) : undefined
}

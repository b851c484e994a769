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
export type Ending =
  /** All of it was handed to the operating system. */
  | 'finished'
  /** The client closed or reset the connection first. */
  | 'client_closed'
  /** The server closed the connection first: the application destroyed the answer, or gave up on it. */
  | 'server_closed'
  /** The connection was idle for longer than the server allows. */
  | 'timed_out'

const OUTCOMES: Readonly<Record<Ending, StreamOutcome>> = {
  finished: 'completed',
  client_closed: 'client_abort',
  server_closed: 'server_error',
  timed_out: 'timeout',
}

/** The outcome of a stream: what the application said of it, else what the ending shows. */
export function streamOutcome(ending: Ending, said: StreamOutcome | undefined): StreamOutcome {
  return said ?? OUTCOMES[ending]
}

/** The status of a request whose client left before any code was sent (as nginx logs it). */
export const CLIENT_CLOSED_REQUEST = 499

import type { StreamOutcome, TerminationCause } from './outcome.ts'

/** The first close frame of a WebSocket. */
export interface CloseFrame {
  /** 1005 if the frame has no code. */
  readonly code: number
  readonly from: 'client' | 'server'
}

/** Everything that decides the outcome of a WebSocket session. */
export interface SessionEvidence {
  /** Why the connection ended; decides only if no close frame was sent. */
  readonly cause: TerminationCause
  /** `undefined` if neither side sent a close frame. */
  readonly close: CloseFrame | undefined
  /** Whether the server has sent a ping and has received no pong since. */
  readonly isPingUnanswered: boolean
  /** Whether the session is one of an LLM, and its last turn failed because of the engine. */
  readonly hasUpstreamFailed: boolean
}

/**
 * Returns the outcome of a WebSocket session. In order of precedence: the last turn, the first close frame, and the side that
 * closed the connection.
 */
export function sessionOutcome(evidence: SessionEvidence): StreamOutcome {
  const { cause, close, isPingUnanswered, hasUpstreamFailed } = evidence
  if (hasUpstreamFailed) return 'upstream_error'
  if (close !== undefined) return outcomeOfClose(close)
  if (cause === 'client_closed') return 'client_abort'
  return cause === 'timed_out' || isPingUnanswered ? 'timeout' : 'server_error'
}

/**
 * Returns the outcome of turns that have not ended with their session. A normal close is no answer: it aborts the turn, by the
 * side that closed first.
 * @param outcome of the session
 */
export function openTurnOutcome(outcome: StreamOutcome, close: CloseFrame | undefined): StreamOutcome {
  if (outcome !== 'completed') return outcome
  return close?.from === 'server' ? 'server_error' : 'client_abort'
}

/** Codes of a normal end: 1000, going away, and a close frame without a code. */
const NORMAL: ReadonlySet<number> = new Set([1000, 1001, 1005])

/** Any other code is a failure of the side that sent it: the client that gives up, or the server. */
function outcomeOfClose({ code, from }: CloseFrame): StreamOutcome {
  if (NORMAL.has(code) || (code >= 3000 && code < 5000)) return 'completed'
  return from === 'client' ? 'client_abort' : 'server_error'
}

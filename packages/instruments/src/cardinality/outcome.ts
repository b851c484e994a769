import type { AttributeDefinition } from './attribute.ts'

/**
 * Every {@link StreamOutcome}, in the order of the documentation. To add an outcome, add it here and document it on the
 * type; the compiler then reports each place that has to decide about it, and `streamOutcome` has to return it.
 */
export const STREAM_OUTCOMES = [
  'completed',
  'client_abort',
  'upstream_error',
  'server_error',
  'timeout',
] as const

/**
 * How an event stream ended; the values of the label `outcome`.
 *
 * - `completed`: the stream announced its end (`response.completed`, `[DONE]`, `message_stop`), or its format has no end
 *   event and the response finished.
 * - `client_abort`: the client closed or reset the connection first.
 * - `upstream_error`: the stream announced a failure, or the last outgoing call of the request failed.
 * - `server_error`: the application closed the response early, or the end event of the format is missing.
 * - `timeout`: the connection was idle for too long, or the last outgoing call exceeded a time limit.
 *
 * The rules and their order are in `docs/outcomes.md`.
 */
export type StreamOutcome = (typeof STREAM_OUTCOMES)[number]

/** The label `outcome` of event streams. */
export const OUTCOME = {
  name: 'outcome',
  values: STREAM_OUTCOMES,
  overflow: undefined,
  description: '[outcome of a stream](outcomes.md)',
} as const satisfies AttributeDefinition

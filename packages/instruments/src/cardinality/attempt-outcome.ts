import type { AttributeDefinition } from './attribute.ts'

/** Every {@link AttemptOutcome}, in the order of the documentation. */
export const ATTEMPT_OUTCOMES = [
  'ok',
  'rate_limited',
  'client_error',
  'server_error',
  'timeout',
  'network',
] as const

/**
 * How one attempt of a call to an LLM API ended. Each retry is an attempt.
 *
 * - `ok`: a successful status, and a response that is complete. Also an attempt that the application aborted after it had
 *   received a successful status: the upstream did not fail.
 * - `rate_limited`: status 429.
 * - `client_error`: another status from 400 to 499, or the application aborted the attempt before it was answered (nginx
 *   logs the status 499 for this).
 * - `server_error`: a status of 500 or above, an error in the body, or a response that was cut off.
 * - `timeout`: a time limit was exceeded.
 * - `network`: no response, for example because the connection was refused.
 */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/** The label `outcome` of attempts. */
export const ATTEMPT_OUTCOME = {
  name: 'outcome',
  values: ATTEMPT_OUTCOMES,
  overflow: undefined,
  description: '[outcome of an attempt](outcomes.md#attempts)',
} as const satisfies AttributeDefinition

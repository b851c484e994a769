import { refused, retryable, type SendOutcome } from './send-outcome.ts'

/** OTLP specification, "Retryable Response Codes". */
const RETRYABLE = new Set([429, 502, 503, 504])

/**
 * Maps a status other than 2xx to an outcome (OTLP specification, "OTLP/HTTP Response").
 * @param retryAfter value of the `Retry-After` header
 * @param now system time, in milliseconds since the epoch
 */
export function outcomeOfHttpStatus(
  status: number,
  retryAfter: string | undefined,
  now: number,
): SendOutcome {
  const reason = `HTTP status ${status}`
  if (RETRYABLE.has(status)) return retryable(reason, readRetryAfter(retryAfter, now))
  if (status === 401 || status === 403 || status === 407) return refused(reason, 'credentials')
  return refused(reason, status === 400 || status === 413 ? 'data' : 'endpoint')
}

/**
 * Returns the delay of a `Retry-After` header in milliseconds; it has seconds or a date (RFC 9110, section
 * 10.2.3).
 */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

import { objectOf } from '../wire/json-rpc.ts'

/** Timers may fire up to one millisecond early. */
const TOLERANCE_MS = 1

/**
 * Whether the time limit of a request has passed. The SDK 2.x may cancel a request over HTTP by a signal instead of a message, and
 * the signal has the same reason after a time-out and after an abort by the application. The SDK keeps the limit of each request
 * with the time of `Date.now()` at its start.
 * @param protocol the client or server that sent the request
 */
export function hasTimedOut(protocol: object, id: string): boolean {
  const { _timeoutInfo: limits } = protocol as { readonly _timeoutInfo?: unknown }
  if (!(limits instanceof Map)) return false
  const { startTime, timeout } = objectOf(limits.get(Number(id))) ?? {}
  if (typeof startTime !== 'number' || typeof timeout !== 'number') return false
  return Date.now() - startTime >= timeout - TOLERANCE_MS
}

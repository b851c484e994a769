import { errorTypeOf } from '../observation/call-observation.ts'
import type { McpStartupFailure } from '../tracing/mcp-tracer.ts'
import { objectOf } from '../wire/json-rpc.ts'

/** Values of `error.type` that this package defines. */
export type McpErrorType = 'tool_error' | 'timeout' | 'cancelled' | 'connection_closed'

/** Codes of the errors that the SDKs create themselves: 1.x uses numbers, 2.x texts. */
const TIMEOUT_CODES: ReadonlySet<unknown> = new Set([-32001, 'REQUEST_TIMEOUT'])
const CLOSED_CODES: ReadonlySet<unknown> = new Set([-32000, 'CONNECTION_CLOSED'])

/** Reasons of time-outs: of both SDKs, and of `AbortSignal.timeout()`. */
const TIMED_OUT = /timed out|timeout/i

/**
 * Returns the `error.type` of a request that was cancelled. The SDKs cancel a request after a time-out and after an abort by the
 * caller, with the same error class; the reason in the message differs.
 */
export function errorTypeOfCancellation(reason: unknown): McpErrorType {
  return typeof reason === 'string' && TIMED_OUT.test(reason) ? 'timeout' : 'cancelled'
}

/** Returns the `error.type` of an error that an SDK threw: time-out, closed connection, JSON-RPC code, or code or name. */
export function errorTypeOfException(error: unknown): string {
  try {
    const { code, message, cause } = (error ?? {}) as Partial<Record<'code' | 'message' | 'cause', unknown>>
    if (TIMEOUT_CODES.has(code)) return errorTypeOfCancellation(message)
    if (CLOSED_CODES.has(code)) return 'connection_closed'
    if (Number.isSafeInteger(code)) return String(code)
    // The error of `fetch` is a TypeError; its cause has the code of the network.
    return errorTypeOf(typeof objectOf(cause)?.['code'] === 'string' ? cause : error)
  } catch {
    return '_OTHER' // a getter or proxy of the application threw
  }
}

/** Returns why connecting to a server failed. */
export function failureOfException(error: unknown): McpStartupFailure {
  const errorType = errorTypeOfException(error)
  if (isSpawnError(error)) return { reason: 'spawn', errorType }
  if (errorType === 'timeout' || errorType === 'connection_closed') return { reason: errorType, errorType }
  return { reason: 'exception', errorType }
}

/** Whether the command of a server could not be started; `syscall` is `spawn` and the command. */
function isSpawnError(error: unknown): boolean {
  try {
    const { syscall } = (error ?? {}) as { readonly syscall?: unknown }
    return typeof syscall === 'string' && syscall.startsWith('spawn')
  } catch {
    return false
  }
}

import type { Duplex } from 'node:stream'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../observation/outcome.ts'

/** The properties of a socket that show which side closed it. */
export type Connection = Pick<Duplex, 'errored' | 'readableEnded'>

/**
 * Returns why a response closed before it finished.
 * @param wasIdle whether the connection was idle for longer than the server allows
 * @param responseError the error that the application destroyed the response with. If the socket has the same error, it
 *   is not the client's: it may be the error of a connection to an engine.
 */
export function causeOfClose(
  socket: Connection,
  wasIdle: boolean,
  responseError?: unknown,
): TerminationCause {
  const code = errorCode(socket)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timed_out'
  // A client that disconnects ends its side (FIN) or resets the connection (RST). After malformed HTTP from a client, Node
  // closes the connection. An application that destroys the response causes none of the three.
  const isOfApplication = responseError != null && socket.errored === responseError
  if (socket.readableEnded || code?.startsWith(PARSE_ERROR)) return 'client_closed'
  if (!isOfApplication && isConnectionError(code) && isSystemError(socket)) return 'client_closed'
  return wasIdle ? 'timed_out' : 'server_closed'
}

/**
 * Whether the other side of a socket is connected, by the operating system; `undefined` if the socket cannot show it, such as one
 * that is no TCP or TLS socket. An error of the connection itself has ended it before Node destroys the socket.
 */
export function isPeerConnected(socket: object): boolean | undefined {
  const handle = (socket as { readonly _handle?: { getpeername?(address: object): number } | null })._handle
  const result = handle?.getpeername?.({})
  return result === undefined ? undefined : result === 0
}

/** Returns the status to count for a response whose headers were not sent: the status that Node wrote itself, else 499 or 500. */
export function statusWithoutHeaders(socket: Connection, cause: TerminationCause): number {
  const code = errorCode(socket) ?? ''
  const written = WRITTEN_BY_NODE.get(code)
  if (written !== undefined) return written
  if (code.startsWith(PARSE_ERROR) && code !== EOF_IN_REQUEST) return 400
  return cause === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500
}

/** The status that Node's server writes to the socket when it rejects a request; 400 for other parser errors. */
const WRITTEN_BY_NODE: ReadonlyMap<string, number> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
])

/** The client ended its side within a request. Node writes 400, which the client does not receive. */
const EOF_IN_REQUEST = 'HPE_INVALID_EOF_STATE'

/** Prefix of the error codes of Node's HTTP parser. */
export const PARSE_ERROR = 'HPE_'

function isConnectionError(code: string | undefined): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT'
}

/** Errors that `node:http` creates itself, for example for a response of an engine that was cut, have no `syscall`. */
function isSystemError({ errored }: Connection): boolean {
  return errored !== null && 'syscall' in errored
}

function errorCode({ errored }: Connection): string | undefined {
  // An application may destroy a socket with any value.
  return typeof errored === 'object' && errored !== null && 'code' in errored
    ? String(errored.code)
    : undefined
}

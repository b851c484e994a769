import type { Duplex } from 'node:stream'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../observation/outcome.ts'

/** A connection, as far as it shows who closed it. */
export type Connection = Pick<Duplex, 'errored' | 'readableEnded'>

/**
 * How a response ended that was closed without having been finished.
 * @param socket of the connection
 * @param wasIdle whether Node has reported that nothing was sent or received for the time that the server allows
 * @param ownError the error with which the application destroyed the response, if it did: it is none of the client's
 *   connection, but may be one of the connection to an engine
 */
export function causeOfClose(socket: Connection, wasIdle: boolean, ownError?: unknown): TerminationCause {
  const code = errorCode(socket)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timed_out'
  // A client that leaves is seen as the end of its side (FIN) or as an error of the socket (RST); an
  // application that destroys the answer leaves neither.
  // One that sends what is no HTTP is cut off by Node, for what the client did.
  const isOwn = ownError != null && socket.errored === ownError
  if (socket.readableEnded || code?.startsWith(PARSE_ERROR)) return 'client_closed'
  if (!isOwn && isConnectionError(code) && isOfSystem(socket)) return 'client_closed'
  return wasIdle ? 'timed_out' : 'server_closed'
}

/** The status that stands for a response that was never sent: the one that Node wrote by itself, or the one that tells why. */
export function statusWithoutHeaders(socket: Connection, ending: TerminationCause): number {
  const code = errorCode(socket) ?? ''
  const written = WRITTEN_BY_NODE.get(code)
  if (written !== undefined) return written
  if (code.startsWith(PARSE_ERROR) && code !== LEFT_IN_REQUEST) return 400
  return ending === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500
}

/** What Node's server writes to the socket by itself when it gives a request up; 400 for any other error of its parser. */
const WRITTEN_BY_NODE: ReadonlyMap<string, number> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['HPE_HEADER_OVERFLOW', 431],
])

/** The client closed its side in the middle of a request: Node writes 400, but nobody is there to read it. */
const LEFT_IN_REQUEST = 'HPE_INVALID_EOF_STATE'

/** How the codes of errors of Node's HTTP parser begin. */
export const PARSE_ERROR = 'HPE_'

function isConnectionError(code: string | undefined): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT'
}

/** An error that `node:http` makes itself, as for the answer of an engine that was cut, names no system call. */
function isOfSystem({ errored }: Connection): boolean {
  return errored !== null && 'syscall' in errored
}

function errorCode({ errored }: Connection): string | undefined {
  // An application may destroy a socket with anything.
  return typeof errored === 'object' && errored !== null && 'code' in errored
    ? String(errored.code)
    : undefined
}

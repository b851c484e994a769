import type { ServerResponse } from 'node:http'
import { CLIENT_CLOSED_REQUEST, type Ending } from '../observation/outcome.ts'

/**
 * How an answer ended that was closed without having been finished.
 * @param wasIdle whether Node has told that nothing was sent or received for the time that the server allows
 */
export function unfinishedEnding(response: ServerResponse, wasIdle: boolean): Ending {
  const { socket } = response.req
  const code = errorCode(socket)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timed_out'
  // A client that leaves is seen as the end of its side (FIN) or as an error of the socket (RST); an
  // application that destroys the answer leaves neither.
  if (socket.readableEnded || isConnectionError(code)) return 'client_closed'
  return wasIdle ? 'timed_out' : 'server_closed'
}

/** The status that stands for an answer that never came: what Node wrote by itself, or the one that tells why. */
export function missingStatus(response: ServerResponse, ending: Ending): number {
  const written = WRITTEN_BY_NODE[errorCode(response.req.socket) ?? '']
  return written ?? (ending === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500)
}

/** What Node's server writes to the socket by itself when it gives a request up. */
const WRITTEN_BY_NODE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
}

function isConnectionError(code: string | undefined): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT'
}

function errorCode(socket: { readonly errored: Error | null }): string | undefined {
  const { errored } = socket
  return errored !== null && 'code' in errored ? String(errored.code) : undefined
}

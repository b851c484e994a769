import type { Socket } from 'node:net'
import { clearTimeout, setImmediate, setTimeout } from '@vr/otel-metrics/internal'

/**
 * Time limit of a TCP handshake, in milliseconds. Node keeps the process alive during a handshake, and a
 * flush of half a second can follow. Together they stay below the second that the end of the process may
 * take.
 */
const CONNECT_TIMEOUT_MS = 400

/**
 * Prevents a connection from delaying the end of the process: unrefs the socket, and destroys it if the TCP
 * handshake, which Node does wait for, takes longer than {@link CONNECT_TIMEOUT_MS} after the address is
 * known.
 * @param isAddress whether the host is an IP address, so that no DNS lookup is needed
 */
export function limitConnectTime(socket: Socket, isAddress: boolean): void {
  socket.unref()
  if (!socket.connecting) return
  let timer: NodeJS.Timeout | undefined
  const timeOut = (): void => {
    if (socket.connecting) socket.destroy(new Error(`no TCP connection within ${CONNECT_TIMEOUT_MS} ms`))
  }
  const start = (): void => {
    // If the event loop was blocked, the response may have arrived without being processed.
    timer ??= setTimeout(() => setImmediate(timeOut), CONNECT_TIMEOUT_MS).unref()
  }
  if (isAddress) start()
  else socket.once('lookup', start)
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
}

import type { Socket } from 'node:net'
import { clearTimeout, setImmediate, setTimeout } from '@vr/otel-metrics/internal'

/**
 * How long a host may take to answer a TCP connection, in milliseconds. Node keeps a process alive for it, and a flush of
 * half a second may follow: together less than the second that the end of a process may be held up.
 */
const CONNECT_TIMEOUT_MS = 400

/**
 * Lets no connection under way hold up the end of the process: the socket is not waited for, and an attempt to
 * connect, which Node does wait for, is given up after {@link CONNECT_TIMEOUT_MS} (from when the address is known).
 * @param isAddress whether the host is an IP address, and nothing has to be looked up
 */
export function limitConnectTime(socket: Socket, isAddress: boolean): void {
  socket.unref()
  if (!socket.connecting) return
  let timer: NodeJS.Timeout | undefined
  const giveUp = (): void => {
    if (socket.connecting)
      socket.destroy(new Error(`no answer to a TCP connection within ${CONNECT_TIMEOUT_MS} ms`))
  }
  const start = (): void => {
    // After a time in which the application was busy, the answer may be there and not yet looked at.
    timer ??= setTimeout(() => setImmediate(giveUp), CONNECT_TIMEOUT_MS).unref()
  }
  if (isAddress) start()
  else socket.once('lookup', start)
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
}

import type { Socket } from 'node:net'

/** How long a host may take to answer a TCP connection, in milliseconds. */
const LIMIT = 1000

/**
 * Lets no connection under way hold up the end of the process: the socket is not waited for, and an attempt to
 * connect, which Node does wait for, is given up after a second (from when the address is known).
 */
export function limitConnect(socket: Socket, isAddress: boolean): void {
  socket.unref()
  if (!socket.connecting) return
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer ??= setTimeout(
      () => socket.destroy(new Error('no answer to a TCP connection within 1 s')),
      LIMIT,
    ).unref()
  }
  if (isAddress) start()
  else socket.once('lookup', start)
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

type Peer = Pick<Socket, 'remoteAddress'>

/** Channels that publish each connection before an instrumentation reads its peer address. */
const SOCKETS: Readonly<Record<string, (message: never) => Peer | null>> = {
  'http.server.request.start': ({ socket }: { socket: Peer }) => socket,
  'http.client.response.finish': ({ request }: { request: ClientRequest }) => request.socket,
  'undici:client:connected': ({ socket }: { socket: Peer }) => socket,
}

/**
 * Reads the peer address of every HTTP connection, which makes Node cache it in a property of the socket. If only spans read
 * it, one socket in a hundred would have a different hidden class, and Node's functions on sockets would become
 * polymorphic. That costs all requests more than the sampled ones take.
 * @returns stops it
 */
export function readPeerAddresses(): () => void {
  const listeners = Object.entries(SOCKETS).map(([name, socketOf]) => {
    const listener = (message: unknown): void => {
      try {
        void socketOf(message as never)?.remoteAddress
      } catch {
        // The getter of a socket that is not Node's. An error in a subscriber would end the process.
      }
    }
    subscribe(name, listener)
    return [name, listener] as const
  })
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}

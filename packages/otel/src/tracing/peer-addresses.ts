import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

type Peer = Pick<Socket, 'remoteAddress'>

/** Where each connection comes by once at least, before an instrumentation looks at it. */
const SOCKETS: Readonly<Record<string, (message: never) => Peer | null>> = {
  'http.server.request.start': ({ socket }: { socket: Peer }) => socket,
  'http.client.response.finish': ({ request }: { request: ClientRequest }) => request.socket,
  'undici:client:connected': ({ socket }: { socket: Peer }) => socket,
}

/**
 * Asks every connection of HTTP for the address of its peer. Node keeps it in a property of the socket from then on, and
 * spans are told it: if it was asked for them only, one request in a hundred would give its socket another hidden class
 * than the others have, and what Node does with sockets could not be compiled for one. That costs every request more than
 * the sampled ones do.
 * @returns stops it
 */
export function readPeerAddresses(): () => void {
  const listeners = Object.entries(SOCKETS).map(([name, socketOf]) => {
    const listener = (message: unknown): void => {
      try {
        void socketOf(message as never)?.remoteAddress
      } catch {
        // Of a socket that is not one of Node's. What a subscriber throws would end the process.
      }
    }
    subscribe(name, listener)
    return [name, listener] as const
  })
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ObservedHttp } from './observed-http.ts'
import { handshake, RawClient, SWITCHING } from './raw-websocket.ts'
import { close, listen, portOf } from './servers.ts'

/** Handles an upgrade. */
export type Handler = (socket: Duplex, request: IncomingMessage, head: Buffer) => unknown

/** Serves upgrades, runs a client, and waits until both sides have closed. */
export async function exchange(
  onUpgrade: Handler,
  client: (raw: RawClient) => unknown,
  first: string | Uint8Array = handshake(),
): Promise<void> {
  const server = await listen((_request, response) => response.end())
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {}).on('close', resolve)
    void onUpgrade(socket, request, head)
  })
  const raw = new RawClient(portOf(server), first)
  await client(raw)
  await closed
  raw.socket.destroy()
  await close(server)
}

/** Sums of all `websocket.*` counters, and the number of durations, without what is 0. */
export function totalsOf({ provider }: ObservedHttp): Record<string, number> {
  const names = [...new Set(provider.calls.map(({ name }) => name))].filter((name) => /^websocket/.test(name))
  const entries = names.flatMap((name) =>
    Object.entries(name.endsWith('duration') ? provider.counts(name) : provider.sums(name)).map(
      ([key, value]) => [`${name.slice('websocket.'.length)} ${key}`, value] as const,
    ),
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== 0))
}

/** The totals of one accepted connection without a route. */
export const accepted = (code: string, outcome: string, more: Record<string, number> = {}) => ({
  'connections route=unmatched,outcome=accepted': 1,
  'connection.duration route=unmatched': 1,
  [`closes route=unmatched,code=${code}`]: 1,
  [`sessions route=unmatched,outcome=${outcome}`]: 1,
  ...more,
})

/** The totals of the messages of one direction without a route. */
export const counted = (direction: 'received' | 'sent', messages: number, bytes: number) => ({
  [`messages route=unmatched,direction=${direction}`]: messages,
  [`message.bytes route=unmatched,direction=${direction}`]: bytes,
})

/** Accepts a handshake, and closes when the client does. */
export const accept: Handler = (socket) => {
  socket.write(SWITCHING)
  socket.resume().on('end', () => socket.end())
}

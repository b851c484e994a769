import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { type ConnectionEnd, SocketChannel } from './socket-channel.ts'

/** Connections at once; more are refused. */
const MAX_CONNECTIONS = 1024
/** How long a peer may take to send its first message, in milliseconds. */
const SILENCE_MS = 10_000

/** Counts of connections that the server ended, by reason. */
export type RejectedConnections = Record<Exclude<ConnectionEnd, 'closed'>, number>

/** Accepts members on a UNIX socket. Does not keep the process alive. */
export class SocketServer {
  readonly #server: Server
  readonly #clock: Clock
  readonly #rejected: RejectedConnections
  readonly #channels: Set<SocketChannel>
  readonly #onEnd: (channel: SocketChannel) => void

  /**
   * @param rejected the server adds the connections that it ends
   * @param channels open connections; the server adds and removes its own
   */
  constructor(
    clock: Clock,
    rejected: RejectedConnections,
    channels: Set<SocketChannel>,
    onChannel: (channel: SocketChannel) => void,
    onEnd: (channel: SocketChannel) => void,
  ) {
    this.#clock = clock
    this.#rejected = rejected
    this.#channels = channels
    this.#onEnd = onEnd
    this.#server = createServer((socket) => onChannel(this.#accept(socket)))
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('error', () => {})
  }

  /** Listens synchronously; returns false if that is impossible. `exclusive`: a worker of `node:cluster` listens by itself. */
  listen(path: string): boolean {
    this.#server.listen({ path, exclusive: true }).unref()
    return this.#server.listening
  }

  /** Stops to accept connections; those that exist continue. */
  close(): void {
    this.#server.close()
  }

  #accept(socket: Socket): SocketChannel {
    const cancel = this.#clock.after(
      SILENCE_MS,
      () => {
        if (!channel.hasReceived) channel.end('silent')
      },
      false,
    )
    const channel: SocketChannel = new SocketChannel(socket, (reason) => {
      cancel()
      this.#channels.delete(channel)
      if (reason !== 'closed') this.#rejected[reason] += 1
      this.#onEnd(channel)
    })
    this.#channels.add(channel)
    return channel
  }
}

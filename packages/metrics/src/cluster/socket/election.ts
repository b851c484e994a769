import { readSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { Generations } from './generations.ts'
import { SocketChannel } from './socket-channel.ts'
import { prepareDirectory } from './socket-directory.ts'
import { type RejectedConnections, SocketServer } from './socket-server.ts'

/** How long a process without a copy of the aggregator's metrics lets those with a copy take over first, in milliseconds. */
const PRECEDENCE_MS = 250
/** First and longest pause between two attempts to connect, in milliseconds. */
const RETRY_MS = { first: 10, longest: 1000 }
/** How often an aggregator checks that its socket is the current one, in milliseconds. */
const CHECK_MS = 1000

/** Receives the decisions of an {@link Election}. */
export interface ElectionHandlers {
  /** Called when this process becomes the aggregator, before the first `onConnection`. */
  onElected(): void
  /** Called when this process is no longer the aggregator; the connections of its members are closed after this. */
  onDeposed(): void
  /** Called when this process has connected to the aggregator: at first, and again after each loss of the connection. */
  onAggregator(channel: SocketChannel): void
  /** Called for each process that connects to this aggregator. */
  onConnection(channel: SocketChannel): void
  /** Called when a connection of this aggregator has ended. */
  onDisconnection(channel: SocketChannel): void
  /** Called when the directory cannot be used, with the reason; attempts continue. Called again only with another reason. */
  onProblem(reason: string): void
  /** Whether this process has a copy of the aggregator's metrics, and so takes over at once. */
  hasCopy(): boolean
}

/**
 * Decides which of the processes that name the same directory is their aggregator: the process that listens on the current socket
 * there. All others connect to it; when it ends, one of them takes over.
 */
export class Election {
  readonly #directory: string
  readonly #generations: Generations
  readonly #handlers: ElectionHandlers
  readonly #clock: Clock
  readonly #rejected: RejectedConnections = { silent: 0, oversized: 0, backlog: 0 }
  readonly #members = new Set<SocketChannel>()
  #server: SocketServer | undefined
  #generation = 0
  #identity: string | undefined
  #aggregator: SocketChannel | undefined
  /** Generation whose owner has ended, and since when that is known. */
  #ended: { readonly generation: number; readonly since: number } | undefined
  #retryMs = RETRY_MS.first
  #problem: string | undefined
  #cancel: () => void = () => {}
  #stopped = false

  /** @param directory of the sockets; created if it is missing */
  constructor(directory: string, handlers: ElectionHandlers, clock: Clock) {
    this.#directory = directory
    this.#generations = new Generations(directory)
    this.#handlers = handlers
    this.#clock = clock
  }

  /** Starts to participate. If no process has done so before, this one is the aggregator when the method returns. */
  start(): void {
    this.#attempt()
  }

  /** Stops to participate; as aggregator, ends all connections. No handler is called after this. */
  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#server?.close()
    for (const member of this.#members) member.close()
    this.#aggregator?.close()
  }

  /**
   * As aggregator, ends synchronously because the process exits: delivers what members have sent, and lets others take over. Members
   * then find their connections closed.
   * @param keeps returns whether the connection is used further
   */
  endAtExit(keeps: (channel: SocketChannel) => boolean): void {
    this.#cancel()
    this.#server?.close()
    for (const member of this.#members) member.readAtExit()
    for (const member of this.#members) if (!keeps(member)) member.close()
  }

  /**
   * Connects synchronously to the aggregator of the newest generation, because the process exits: calls `onAggregator` with a channel
   * that can send at exit.
   * @returns false if there is none
   */
  connectAtExit(): boolean {
    this.#cancel()
    if (this.#stopped) return false
    try {
      const socket = connect({ path: this.#generations.socket(this.#generations.newest()) }).unref()
      const channel = new SocketChannel(socket)
      if (isConnected(socket)) this.#handlers.onAggregator(channel)
      else channel.close()
      return isConnected(socket)
    } catch {
      return false
    }
  }

  get isAggregator(): boolean {
    return this.#server !== undefined
  }

  /** Connections that this process ended as aggregator, by reason. */
  get rejected(): Readonly<RejectedConnections> {
    return this.#rejected
  }

  /** Connects to the aggregator, or becomes it. */
  #attempt(): void {
    if (this.#stopped) return
    try {
      prepareDirectory(this.#directory)
      const generation = this.#generations.newest()
      if (generation === 0) this.#claim(1)
      else this.#connect(generation)
      this.#problem = undefined
    } catch (error) {
      this.#report(error instanceof Error ? error.message : String(error))
      this.#retry()
    }
  }

  #connect(generation: number): void {
    const socket = connect({ path: this.#generations.socket(generation) }).unref()
    const onError = ({ code }: NodeJS.ErrnoException): void => {
      if (code === 'ECONNREFUSED' || code === 'ENOENT') this.#succeed(generation)
      else this.#retry()
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      if (this.#stopped) socket.destroy()
      else this.#follow(socket)
    })
  }

  #follow(socket: ReturnType<typeof connect>): void {
    this.#depose()
    this.#ended = undefined
    const since = this.#clock.now()
    const channel = new SocketChannel(socket, () => {
      if (this.#aggregator === channel) this.#aggregator = undefined
      // An aggregator that refuses this process is not asked at once again.
      if (this.#clock.now() - since > RETRY_MS.longest) this.#retryMs = RETRY_MS.first
      this.#retry()
    })
    this.#aggregator = channel
    this.#handlers.onAggregator(channel)
  }

  /** Claims the generation after one whose owner has ended, unless processes with a copy have precedence. */
  #succeed(generation: number): void {
    if (this.#stopped) return
    const now = this.#clock.now()
    if (this.#ended?.generation !== generation) this.#ended = { generation, since: now }
    const hasPrecedence = this.#server !== undefined || this.#handlers.hasCopy()
    if (!hasPrecedence && now - this.#ended.since < PRECEDENCE_MS) this.#retry()
    else {
      try {
        this.#claim(generation + 1)
      } catch (error) {
        this.#report(error instanceof Error ? error.message : String(error))
        this.#retry()
      }
    }
  }

  #claim(generation: number): void {
    const server = new SocketServer(
      this.#clock,
      this.#rejected,
      this.#members,
      (channel) => this.#handlers.onConnection(channel),
      (channel) => this.#handlers.onDisconnection(channel),
    )
    const identity = this.#generations.claim(generation, (path) => server.listen(path))
    if (identity === undefined) {
      server.close()
      this.#retry()
      return
    }
    const previous = this.#server
    this.#server = server
    this.#generation = generation
    this.#identity = identity
    this.#retryMs = RETRY_MS.first
    previous?.close()
    if (previous === undefined) this.#handlers.onElected()
    this.#generations.removeBefore(generation)
    this.#check()
  }

  /** Checks periodically that the socket of this aggregator is still the current one: it may have been deleted. */
  #check(): void {
    this.#schedule(CHECK_MS, () => {
      if (this.#isCurrent()) this.#check()
      else this.#attempt()
    })
  }

  #isCurrent(): boolean {
    try {
      const newest = this.#generations.newest()
      return newest === this.#generation && this.#generations.identity(newest) === this.#identity
    } catch {
      return false
    }
  }

  #depose(): void {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.close()
    this.#handlers.onDeposed()
    for (const member of this.#members) member.end('closed')
  }

  #retry(): void {
    this.#schedule(this.#retryMs, () => this.#attempt())
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.longest)
  }

  #schedule(ms: number, task: () => void): void {
    this.#cancel()
    if (!this.#stopped) this.#cancel = this.#clock.after(ms, task, false)
  }

  #report(reason: string): void {
    if (this.#problem !== reason) this.#handlers.onProblem(reason)
    this.#problem = reason
  }
}

/** Whether the operating system has connected a socket: its event `connect` may still be to come. */
function isConnected(socket: Socket): boolean {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: number } | null }
  try {
    readSync(handle?.fd ?? -1, Buffer.alloc(1))
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN'
  }
}

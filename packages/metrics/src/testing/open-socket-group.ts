import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { type Clock, processClock } from '../clock.ts'
import { MergedMetrics } from '../cluster/merged-metrics.ts'
import { PROTOCOL_VERSION } from '../cluster/messages.ts'
import { ReplicatedStore } from '../cluster/replication/replicated-store.ts'
import { SocketGroup } from '../cluster/socket/socket-group.ts'
import { openAggregator } from './open-member.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A process that is connected to an aggregator over its socket, and sends what the test writes. */
export class SocketPeer {
  /** Lines that it has received. */
  readonly lines: string[] = []
  readonly socket: Socket
  readonly #closed: Promise<void>

  constructor(path: string) {
    this.socket = connect({ path })
    this.#closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()))
    this.socket.on('error', () => {})
    let text = ''
    this.socket.on('data', (chunk) => {
      const lines = `${text}${chunk}`.split('\n')
      text = lines.pop() ?? ''
      this.lines.push(...lines)
    })
  }

  /** Waits for a line with this text. */
  async line(text: string): Promise<void> {
    await vi.waitUntil(() => this.lines.some((line) => line.includes(text)), 5000)
  }

  /** Waits until the aggregator has ended the connection. */
  closed(): Promise<void> {
    return this.#closed
  }
}

/** Makes this process the aggregator of a new group, with real sockets. */
export function openSocketGroup(clock: Clock = processClock) {
  const directory = join(temporaryDirectory(), 'group')
  const store = new ReplicatedStore(new MergedMetrics(), 'ended-here', clock)
  const { aggregator } = openAggregator({ store, clock })
  const group = new SocketGroup({
    directory,
    clock,
    becomeMember: () => {
      throw new Error('another process aggregates')
    },
    becomeAggregator: () => ({ store, accept: (channel) => aggregator.accept(channel) }),
    onProblem: (reason) => {
      throw new Error(reason)
    },
  })
  group.start()
  const peers: SocketPeer[] = []
  onTestFinished(() => {
    aggregator.close()
    group.stop()
    for (const { socket } of peers) socket.destroy()
  })
  const open = (): SocketPeer => {
    const peer = new SocketPeer(join(directory, '1', 's'))
    peers.push(peer)
    return peer
  }
  return { group, aggregator, open }
}

/** The first message of a member. */
export const helloOf = (key: string): string =>
  `${JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION, version: '1.0.0', key, serves: false })}\n`

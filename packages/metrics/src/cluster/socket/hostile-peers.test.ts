import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { helloOf, openSocketGroup, type SocketPeer } from '../../testing/open-socket-group.ts'
import { MAX_MESSAGE_BYTES } from '../messages.ts'

const OVERSIZED = 2 * MAX_MESSAGE_BYTES + 2000

/** Sends a message that the aggregator answers, and waits for the answer. */
async function ping(peer: SocketPeer, id: number): Promise<void> {
  peer.socket.write(`{"type":"ping","id":${id}}\n`)
  await peer.line(`{"type":"pong","id":${id}}`)
}

/** Opens a group with one member, and a peer. */
async function open(clock?: ManualClock) {
  const opened = openSocketGroup(clock)
  const member = opened.open()
  member.socket.write(helloOf('1-member'))
  await member.line('welcome')
  return { ...opened, member, peer: opened.open() }
}

/** The aggregator still answers its member, and accepts another one. */
async function expectService({ member, open: connect, aggregator }: Awaited<ReturnType<typeof open>>) {
  await ping(member, 1)
  const other = connect()
  other.socket.write(helloOf('2-other'))
  await other.line('welcome')
  expect(member.socket.closed).toBe(false)
  expect(aggregator.stats.live).toBe(2)
}

describe('a peer of the aggregator', () => {
  it.each([
    ['an oversized message', `${'x'.repeat(OVERSIZED)}\n`],
    ['an oversized message of a member', `${helloOf('3-peer')}{"a":"${'x'.repeat(OVERSIZED)}"}\n`],
    ['bytes that are no text', Buffer.alloc(OVERSIZED, 0xff)],
  ])('that sends %s is disconnected and counted', async (_name, bytes) => {
    const opened = await open()
    opened.peer.socket.write(bytes)
    await opened.peer.closed()
    expect(opened.group.rejected).toEqual({ silent: 0, oversized: 1, backlog: 0 })
    await expectService(opened)
  })

  it('that sends a stream without a separator is disconnected and counted', async () => {
    const opened = await open()
    const { socket } = opened.peer
    const chunk = Buffer.alloc(16 * 1024, '{')
    const write = (): void => {
      if (!socket.destroyed) socket.write(chunk, write)
    }
    write()
    await opened.peer.closed()
    expect(opened.group.rejected.oversized).toBe(1)
    await expectService(opened)
  })

  it('that sends lines that are no messages is counted', async () => {
    const opened = await open()
    opened.peer.socket.write(
      'GET / HTTP/1.1\n\n{"type":"none"}\n[]\n{"__proto__":{"type":"push"}}\ncopy {}\n',
    )
    const count = (): number => [...opened.aggregator.stats.dropped.values()].reduce((sum, n) => sum + n, 0)
    await vi.waitUntil(() => count() >= 4, 5000)
    await expectService(opened)
  })

  it('that closes after half a message leaves nothing', async () => {
    const opened = await open()
    opened.peer.socket.end(helloOf('3-peer').slice(0, 30))
    await opened.peer.closed()
    await expectService(opened)
    expect(opened.group.rejected).toEqual({ silent: 0, oversized: 0, backlog: 0 })
    expect([...opened.aggregator.stats.dropped]).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['half a message', '{"type":"hel'],
  ])(
    'that sends %s within 10 s is disconnected and counted, a member that was idle is not',
    async (_name, text) => {
      const clock = new ManualClock()
      const opened = await open(clock)
      opened.peer.socket.write(text)
      // The aggregator accepts connections, and reads them, in their order.
      const later = opened.open()
      later.socket.write(helloOf('2-other'))
      await later.line('welcome')
      await clock.advance(9_999)
      expect(opened.group.rejected.silent).toBe(0)
      await clock.advance(1)
      await opened.peer.closed()
      expect(opened.group.rejected).toEqual({ silent: 1, oversized: 0, backlog: 0 })
      await Promise.all([ping(opened.member, 1), ping(later, 1)])
    },
  )
})

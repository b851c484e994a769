import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { socketPair } from '../../testing/socket-pair.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { MAX_MESSAGE_BYTES } from '../messages.ts'
import { type ConnectionEnd, SocketChannel } from './socket-channel.ts'

/** Opens a channel and records its messages and its end. */
function record(socket: Socket): { channel: SocketChannel; events: unknown[]; ends: ConnectionEnd[] } {
  const [events, ends]: [unknown[], ConnectionEnd[]] = [[], []]
  const channel = new SocketChannel(socket, (reason) => ends.push(reason))
  channel.open({ onMessage: (text) => events.push(text), onClose: () => events.push('closed') })
  return { channel, events, ends }
}

describe('SocketChannel', () => {
  it('delivers texts in both directions, and the end', async () => {
    const [left, right] = (await socketPair()).map(record)
    left?.channel.send('{"a":"line\\n"}')
    left?.channel.send('2')
    right?.channel.send('3')
    await vi.waitUntil(() => left?.events.length === 1 && right?.events.length === 2)
    left?.channel.close()
    await vi.waitUntil(() => right?.ends.length === 1)
    expect(left).toMatchObject({ events: ['3'], ends: ['closed'] })
    expect(right).toMatchObject({ events: ['{"a":"line\\n"}', '2', 'closed'], ends: ['closed'] })
  })

  it('ends the connection to a peer that sends an oversized message', async () => {
    const [peer, socket] = await socketPair()
    const { events, ends } = record(socket)
    peer.write(`ok\n${'x'.repeat(2 * MAX_MESSAGE_BYTES + 2000)}`)
    await vi.waitUntil(() => events.length === 2)
    expect({ events, ends }).toEqual({ events: ['ok', 'closed'], ends: ['oversized'] })
  })

  it('ends the connection to a peer that does not read, when 16 MiB wait for it', async () => {
    const [, socket] = await socketPair()
    const { channel, events, ends } = record(socket)
    const text = 'x'.repeat(20_000)
    let sent = 0
    for (let index = 0; index < 900; index++) channel.send(text, () => sent++)
    expect(sent).toBe(0)
    await vi.waitUntil(() => events.length === 1)
    expect({ events, ends, sent }).toEqual({ events: ['closed'], ends: ['backlog'], sent: 900 })
  })

  it('calls onSent only after the operating system has taken the text', async () => {
    const [peer, socket] = await socketPair()
    const { channel } = record(socket)
    let sent = 0
    for (let index = 0; index < 100; index++) channel.send('x'.repeat(20_000), () => sent++)
    await new Promise(setImmediate)
    expect(sent).toBeLessThan(100)
    peer.resume()
    await vi.waitUntil(() => sent === 100)
  })

  it('reads all texts of a peer that has ended when a write to it fails', async () => {
    const [peer, socket] = await socketPair()
    const { channel, events } = record(socket)
    const texts = Array.from({ length: 8 }, (_, index) => `${index}`.padEnd(20_000, 'x'))
    socket.pause()
    peer.write(`${texts.join('\n')}\nhalf`)
    await vi.waitUntil(() => peer.writableLength === 0)
    peer.destroy()
    await once(peer, 'close')
    channel.send('to nobody')
    await vi.waitUntil(() => events.includes('closed'))
    expect(events).toEqual([...texts, 'closed'])
  })

  it('a process that exits sends all texts, in order, also those that waited, to a slow reader', async () => {
    const server = createServer()
    server.listen(join(temporaryDirectory(), 's'))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const child = spawn(process.execPath, [
      new URL('../../testing/exiting-sender.ts', import.meta.url).pathname,
      String(server.address()),
      '60',
      '20000',
    ])
    onTestFinished(() => void child.kill('SIGKILL'))
    const [socket] = (await once(server, 'connection')) as [Socket]
    socket.write('exit\n')
    const { events } = record(socket)
    await vi.waitUntil(() => events.includes('closed'), 10_000)
    expect(events.map((text) => String(text).split(' ')[0])).toEqual([
      ...Array.from({ length: 60 }, (_, index) => String(index)),
      'closed',
    ])
  })
})

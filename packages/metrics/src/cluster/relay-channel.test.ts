import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { acceptRelayed } from './accept-relayed.ts'
import type { Channel, ChannelHandlers } from './channel.ts'
import { RelayChannel } from './relay-channel.ts'
import { ThreadChannel } from './thread-channel.ts'

/** Ids that no thread of the test runner has. */
let lastId = 2_000_000

const opened: ThreadChannel[] = []

afterEach(() => {
  for (const channel of opened.splice(0)) channel.close()
})

/** Channel of a process to its aggregator, in memory. `pending` are the callbacks of texts that the operating system has not taken. */
class Pipe implements Channel {
  other: Pipe | undefined
  handlers: ChannelHandlers | undefined
  readonly pending: (() => void)[] = []

  send(text: string, onSent?: () => void): void {
    if (onSent !== undefined) this.pending.push(onSent)
    this.other?.handlers?.onMessage(text)
  }

  sendAtExit(texts: readonly string[]): void {
    for (const text of texts) this.send(text)
  }

  open(handlers: ChannelHandlers): void {
    this.handlers = handlers
  }

  close(): void {}
}

/** A process that relays threads, and the log of its aggregator: one entry for each text, as `channel: text`. */
function open(exitWaitMs?: number) {
  const [member, aggregator] = [new Pipe(), new Pipe()]
  member.other = aggregator
  aggregator.other = member
  const log: string[] = []
  const channels: Channel[] = []
  acceptRelayed(aggregator, (channel) => {
    const number = channels.push(channel) - 1
    channel.open({
      onMessage: (text) => log.push(`${number}: ${text}`),
      onClose: () => log.push(`${number} closed`),
    })
  })
  const relay = new RelayChannel(member, exitWaitMs)
  const own: unknown[] = []
  relay.open({ onMessage: (text) => own.push(text), onClose: () => {} })
  return { relay, member, aggregator, log, channels, own }
}

/** Starts a thread, as far as its channel is concerned, and attaches it to `relay`. */
function attach(relay: RelayChannel) {
  const id = ++lastId
  const [starter, thread] = [new ThreadChannel(id, true), new ThreadChannel(id, false)]
  opened.push(starter, thread)
  relay.attach(starter)
  const received: unknown[] = []
  const openThread = (): void => thread.open({ onMessage: (text) => received.push(text), onClose: () => {} })
  return { starter, thread, received, openThread }
}

const eventually = async (log: readonly unknown[], expected: readonly unknown[]): Promise<void> => {
  await vi.waitUntil(() => log.length >= expected.length)
  expect(log).toEqual(expected)
}

describe('a channel that relays threads', () => {
  it('gives each thread a channel of its own at the aggregator, in both directions', async () => {
    const { relay, log, channels, own } = open()
    const [first, second] = [attach(relay), attach(relay)]
    first.openThread()
    second.openThread()
    relay.send('{}')
    first.thread.send('{"a":1}')
    await eventually(log, ['0: {}', '1: {"a":1}'])
    second.thread.send('{"b":\n2}')
    await eventually(log, ['0: {}', '1: {"a":1}', '2: {"b":\n2}'])
    channels[0]?.send('to the process')
    channels[1]?.send('to the first')
    channels[2]?.send('to the second')
    await eventually(first.received, ['to the first'])
    await eventually(second.received, ['to the second'])
    expect(own).toEqual(['to the process'])
  })

  it('ends the channel of a thread after its last text, when the thread has ended', async () => {
    const { relay, log } = open()
    const { starter, thread, openThread } = attach(relay)
    openThread()
    thread.sendAtExit(['{}', '{"last":1}'])
    starter.end()
    expect(log).toEqual(['1: {}', '1: {"last":1}', '1 closed'])
  })

  it('ends the channels of all threads when the process has ended', async () => {
    const { relay, aggregator, log } = open()
    const { thread, openThread } = attach(relay)
    openThread()
    thread.send('{}')
    await eventually(log, ['1: {}'])
    aggregator.handlers?.onClose()
    expect(log).toEqual(['1: {}', '1 closed', '0 closed'])
  })

  it('sends at exit what threads have sent before', () => {
    const { relay, log } = open()
    const { thread, openThread } = attach(relay)
    openThread()
    thread.send('{"a":1}')
    thread.send('{"type":"flushed","id":0}')
    relay.sendAtExit(['{"own":1}'])
    thread.send('{"b":1}')
    relay.sendAtExit(['{"own":2}'])
    expect(log).toEqual(['1: {"a":1}', '0: {"own":1}', '1: {"b":1}', '0: {"own":2}'])
  })

  it('asks threads at exit for their newest values, and waits for them while they run', async () => {
    const { relay, log } = open(20_000)
    const { starter } = attach(relay)
    const code = `
      const { BroadcastChannel, parentPort, workerData } = require('node:worker_threads')
      const port = new BroadcastChannel(workerData)
      let sent = 0
      const send = (text) => port.postMessage(['text', ++sent, text])
      port.onmessage = ({ data: [type, number, text] }) => {
        if (type !== 'text') return
        port.postMessage(['taken', number])
        send(text.replace('flush', 'push'))
        send(JSON.stringify({ type: 'flushed', id: 0 }))
      }
      parentPort.postMessage('started')`
    const worker = new Worker(code, { eval: true, workerData: starter.name })
    await once(worker, 'message')
    relay.sendAtExit(['{"own":1}'])
    expect(log).toEqual(['1: {"type":"push","id":0}', '0: {"own":1}'])
    await worker.terminate()
  })

  it('exits without the values of a thread that does not answer', () => {
    const { relay, log } = open()
    attach(relay).openThread()
    relay.sendAtExit(['{"own":1}'])
    expect(log).toEqual(['0: {"own":1}'])
  })

  it('acknowledges the text of a thread when the outer channel has taken it', async () => {
    const { relay, member, log } = open()
    const { thread, openThread } = attach(relay)
    openThread()
    let isSent = false
    thread.send('{}', () => {
      isSent = true
    })
    await eventually(log, ['1: {}'])
    await new Promise(setImmediate)
    expect(isSent).toBe(false)
    for (const taken of member.pending) taken()
    await vi.waitUntil(() => isSent)
  })

  it('relays threads of threads', async () => {
    const { relay, log, channels } = open()
    const parent = attach(relay)
    const inner = new RelayChannel(parent.thread)
    inner.open({ onMessage: () => {}, onClose: () => {} })
    const child = attach(inner)
    child.openThread()
    child.thread.send('{"nested":1}')
    // The text arrives through the channel of the parent, which has sent nothing itself.
    await eventually(log, ['2: {"nested":1}'])
    channels[2]?.send('to the child')
    await eventually(child.received, ['to the child'])
    parent.starter.end()
    expect(log).toEqual(['2: {"nested":1}', '2 closed', '1 closed'])
  })

  it('bounds the channels that one connection opens, and the depth of relays', () => {
    const { member, channels } = open()
    for (let id = 0; id < 2000; id++) member.send(`relay ${id} {}`)
    expect(channels).toHaveLength(1001)
    const deep = open()
    deep.member.send(`${'relay 1 '.repeat(3000)}{}`)
    expect(deep.channels).toHaveLength(9)
  })
})

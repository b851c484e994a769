import { BroadcastChannel } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ThreadChannel } from './thread-channel.ts'

/** Ids that no thread of the test runner has. */
let lastId = 1_000_000

const opened: ThreadChannel[] = []

afterEach(() => {
  for (const channel of opened.splice(0)) channel.close()
})

function pair(): { id: number; starter: ThreadChannel; thread: ThreadChannel } {
  const id = ++lastId
  const [starter, thread] = [new ThreadChannel(id, true), new ThreadChannel(id, false)]
  opened.push(starter, thread)
  return { id, starter, thread }
}

function receive(channel: ThreadChannel): unknown[] {
  const received: unknown[] = []
  channel.open({ onMessage: (text) => received.push(text), onClose: () => received.push('closed') })
  return received
}

/** Waits until `received` has as many entries as the expected value, and compares them. */
const eventually = async (received: readonly unknown[], expected: readonly unknown[]): Promise<void> => {
  await vi.waitUntil(() => received.length >= expected.length)
  expect(received).toEqual(expected)
}

describe('a channel between a worker thread and the thread that started it', () => {
  it('delivers texts in both directions, in order', async () => {
    const { starter, thread } = pair()
    const [atStarter, atThread] = [receive(starter), receive(thread)]
    for (const text of ['a', 'b', 'c']) thread.send(text)
    for (const text of ['1', '2']) starter.send(text)
    await eventually(atStarter, ['a', 'b', 'c'])
    await eventually(atThread, ['1', '2'])
  })

  it('delivers each text once, in order, whenever the starter opens its end', async () => {
    const texts = fc.array(fc.constantFrom('turn', 'send'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(texts, texts, async (before, after) => {
        const { starter, thread } = pair()
        receive(thread)
        const sent: string[] = []
        const run = async (steps: readonly string[]): Promise<void> => {
          for (const step of steps) {
            if (step === 'turn') await new Promise(setImmediate)
            else thread.send(`${sent.push(`${sent.length}`) - 1}`)
          }
        }
        await run(before)
        const received = receive(starter)
        await run(after)
        await eventually(received, sent)
      }),
    )
  })

  it('sends texts before it is opened', async () => {
    const { starter, thread } = pair()
    const received = receive(starter)
    thread.send('a')
    receive(thread)
    thread.send('b')
    await eventually(received, ['a', 'b'])
  })

  it('calls onSent once, after the other end has handled the text', async () => {
    const { starter, thread } = pair()
    const events: string[] = []
    starter.open({ onMessage: () => events.push('handled'), onClose: () => {} })
    receive(thread)
    thread.send('a', () => events.push('sent'))
    expect(events).toEqual([])
    await eventually(events, ['handled', 'sent'])
    thread.close()
    await new Promise(setImmediate)
    expect(events).toEqual(['handled', 'sent'])
  })

  it('calls onSent of texts that are not acknowledged when it closes, but not before send or close returns', async () => {
    const { thread } = pair()
    receive(thread)
    const events: string[] = []
    thread.send('a', () => events.push('a'))
    thread.close()
    thread.send('b', () => events.push('b'))
    expect(events).toEqual([])
    await eventually(events, ['a', 'b'])
  })

  it('lets a relay acknowledge a text later', async () => {
    const { starter, thread } = pair()
    const waiting: (() => void)[] = []
    starter.relay({ onMessage: (_text, taken) => waiting.push(taken), onClose: () => {} })
    const events: string[] = []
    receive(thread)
    thread.send('a', () => events.push('sent'))
    await vi.waitUntil(() => waiting.length > 0)
    await new Promise(setImmediate)
    expect(events).toEqual([])
    waiting[0]?.()
    await eventually(events, ['sent'])
  })

  it('delivers the texts of an ended thread before its end, which is reported once', () => {
    const { starter, thread } = pair()
    const received = receive(starter)
    receive(thread)
    thread.sendAtExit(['a', 'b'])
    starter.end()
    starter.end()
    expect(received).toEqual(['a', 'b', 'closed'])
  })

  it('is opened by the first text, if it waits for that', async () => {
    const { starter, thread } = pair()
    let received: unknown[] | undefined
    starter.awaitFirst((channel) => {
      received = receive(channel)
    })
    receive(thread)
    await new Promise(setImmediate)
    expect(received).toBeUndefined()
    thread.sendAtExit(['a', 'b'])
    starter.end()
    expect(received).toEqual(['a', 'b', 'closed'])
  })

  it('ignores messages of others on a BroadcastChannel with its name', async () => {
    const { id, starter, thread } = pair()
    const received = receive(starter)
    receive(thread)
    const other = new BroadcastChannel(`@vr/otel thread ${id}`)
    const anything = fc.oneof(
      fc.anything({ withNullPrototype: false }),
      fc.constantFrom(['taken', 7], ['text', 9, 'x']),
    )
    for (const value of fc.sample(anything, 200)) {
      try {
        other.postMessage(value)
      } catch {
        // The value cannot be cloned.
      }
    }
    other.close()
    await new Promise(setImmediate)
    thread.send('a')
    await eventually(received, ['a'])
  })
})

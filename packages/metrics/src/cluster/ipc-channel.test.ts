import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { acceptChild } from './ipc-channel.ts'

const PROGRAM = fileURLToPath(new URL('../testing/interleaving-sender.ts', import.meta.url))
const COUNT = 200

it.each([
  ['json', 100],
  ['json', 8_000],
  ['json', 20_000],
  ['advanced', 20_000],
] as const)(
  'I12: with serialization %s and messages of %i bytes, frames are not mixed with those of the application, and stay in order',
  async (serialization, bytes) => {
    const child = fork(PROGRAM, [`${COUNT}`, `${bytes}`], { serialization })
    const texts: unknown[] = []
    const messages: unknown[] = []
    const fillers = new Set<unknown>()
    acceptChild(child).open({ onMessage: (text) => texts.push(text), onClose: () => {} })
    child.on('message', ({ index, filler }: { index: number; filler: string }) => {
      messages.push(index)
      fillers.add(filler)
      // The socket fills up while this process does not read.
      if (index % 50 === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    })
    await once(child, 'exit')
    const filler = 'é'.repeat(bytes / 2)
    const indexes = Array.from({ length: COUNT }, (_, index) => index)
    expect(messages).toEqual(indexes)
    expect(fillers).toEqual(new Set([filler]))
    expect(texts).toEqual(indexes.map((index) => `${index} ${filler}`))
  },
)

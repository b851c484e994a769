import { ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeferredRecords } from '../instruments/deferred-records.ts'
import { BINARY, CONTINUATION, frame, TEXT } from '../testing/websocket-frames.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import { DirectionObservation } from './direction-observation.ts'

const MASK = [1, 2, 3, 4]

/** A direction whose compressed messages are reported by the library. */
class Direction {
  readonly texts: string[] = []
  readonly observation: DirectionObservation
  readonly #name: 'received' | 'sent'

  constructor(name: 'received' | 'sent') {
    this.#name = name
    this.observation = new DirectionObservation(name, {
      extentOf: () => 'long',
      onText: (_direction, { head, tail }: Excerpt) => void this.texts.push(head + tail),
      onClose() {},
      onPing() {},
      onPong() {},
      onUnread() {},
    })
    this.observation.accept({
      series: { messages: { add() {} }, bytes: { add() {} } },
      context: ROOT_CONTEXT,
      extensions: 'deflate',
      wantsText: true,
      deferred: new DeferredRecords(),
    })
    this.observation.expectPayload()
  }

  /** Passes a message in two fragments, of which the first is empty. */
  frames(opcode: number, isCompressed: boolean, text: string): void {
    const payload = Buffer.from(isCompressed ? 'compressed' : text)
    const mask = this.#name === 'received' ? MASK : undefined
    this.observation.read(frame({ opcode, isFinal: false, reserved: isCompressed ? 4 : 0, mask }))
    this.observation.read(frame({ opcode: CONTINUATION, payload, mask }))
  }

  /** Reports the payload of a compressed message in two parts. */
  payload(text: string): void {
    for (const [part, isFinal] of [[text.slice(0, 1), false] as const, [text.slice(1), true] as const]) {
      this.observation.payloadText(Buffer.from(part))
      this.observation.payload(part.length, isFinal)
    }
  }
}

const message = fc.record({
  isText: fc.boolean(),
  isCompressed: fc.boolean(),
  /** Compressed messages before it that are decompressed before its frames arrive. */
  decompressed: fc.nat(4),
})

describe('the text of messages, some of them compressed', () => {
  it('that are received is passed in order, however late they are decompressed', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const direction = new Direction('received')
        const compressed: string[] = []
        const decompress = (count: number) => {
          for (const text of compressed.splice(0, count)) direction.payload(text)
        }
        for (const [i, { isText, isCompressed, decompressed }] of messages.entries()) {
          decompress(decompressed)
          direction.frames(isText ? TEXT : BINARY, isCompressed, `message ${i}`)
          if (isCompressed) compressed.push(`message ${i}`)
        }
        decompress(compressed.length)
        const expected = [...messages.entries()].filter(([, { isText }]) => isText)
        expect(direction.texts).toEqual(expected.map(([i]) => `message ${i}`))
      }),
    )
  })

  it('that are sent is passed in order', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const direction = new Direction('sent')
        for (const [i, { isText, isCompressed }] of messages.entries()) {
          if (isCompressed) direction.payload(`message ${i}`)
          direction.frames(isText ? TEXT : BINARY, isCompressed, `message ${i}`)
        }
        const expected = [...messages.entries()].filter(([, { isText }]) => isText)
        expect(direction.texts).toEqual(expected.map(([i]) => `message ${i}`))
      }),
    )
  })

  it.each([
    [4095, 'a'],
    [3, 'a'.repeat(69_000)],
  ])('waits for %i messages at most', (count, text) => {
    for (const more of [0, 1]) {
      const direction = new Direction('received')
      direction.frames(TEXT, true, '')
      for (let i = 0; i < count + more; i++) direction.frames(TEXT, false, text)
      expect(direction.texts).toEqual([])
      direction.payload('first')
      expect(direction.texts.length).toBe(more === 0 ? count + 1 : 0)
      direction.frames(TEXT, false, 'last')
      expect(direction.texts.at(-1)).toBe(more === 0 ? 'last' : undefined)
    }
  })
})

import { ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { DeferredRecords } from '../../instruments/deferred-records.ts'
import { DirectionObservation } from '../../observation/direction-observation.ts'
import { frame } from '../../testing/websocket-frames.ts'
import type { Excerpt } from '../../wire/excerpt.ts'
import { BEGINNING, type Extent } from '../../wire/message-text.ts'
import { readPayload, readSent } from './frame-hooks.ts'

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** What a session reads of the messages that are sent, and what is counted of them. */
class SentMessages {
  readonly texts: Excerpt[] = []
  readonly #added = { messages: [] as number[], bytes: [] as number[] }
  readonly direction: DirectionObservation

  constructor(extent: Extent) {
    this.direction = new DirectionObservation('sent', {
      extentOf: () => extent,
      onText: (_direction, message) => void this.texts.push(message),
      onClose() {},
      onPing() {},
      onPong() {},
      onUnread() {},
    })
    const messages = { add: (count: number) => this.#added.messages.push(count) }
    const bytes = { add: (count: number) => this.#added.bytes.push(count) }
    this.direction.accept({
      series: { messages, bytes },
      context: ROOT_CONTEXT,
      extensions: 'deflate',
      wantsText: true,
      deferred: new DeferredRecords(),
    })
    this.direction.expectPayload()
  }

  get counted() {
    const { messages, bytes } = this.#added
    return { messages: sum(messages), bytes: sum(bytes), texts: this.texts }
  }
}

/** Header of a frame whose payload is written separately. */
const headerOf = (payload: Uint8Array): Buffer => {
  const whole = frame({ payload })
  return whole.subarray(0, whole.length - payload.length)
}

const text = fc
  .tuple(
    fc.integer({ min: BEGINNING - 3, max: BEGINNING }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.nat(700),
  )
  .map(([length, middle, rest]) => 'a'.repeat(length) + middle + 'b'.repeat(rest))

describe('text that is sent as a string', () => {
  it('is counted and read as the same text in bytes, whatever characters it has and however much is read', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Extent>('nothing', 'beginning', 'short', 'long'),
        (texts, extent) => {
          const asText = new SentMessages(extent)
          const asBytes = new SentMessages(extent)
          for (const one of texts) {
            const payload = Buffer.from(one)
            readSent(asText.direction, headerOf(payload), undefined)
            readSent(asText.direction, one, 'utf8')
            readSent(asBytes.direction, frame({ payload }), undefined)
          }
          expect(asText.counted).toEqual(asBytes.counted)
          expect(asText.counted).toMatchObject({ messages: texts.length })
        },
      ),
    )
  })

  it('is read in the encoding in which it is written', () => {
    const sent = new SentMessages('long')
    const payload = Buffer.alloc(2000, 'é')
    readSent(sent.direction, headerOf(payload), undefined)
    readSent(sent.direction, payload.toString('base64'), 'base64')
    expect(sent.counted).toEqual({
      messages: 1,
      bytes: 2000,
      texts: [{ head: payload.toString('latin1'), tail: '', isWhole: true }],
    })
  })

  it.each<[Extent, number]>([
    ['beginning', BEGINNING],
    ['long', 100_000],
  ])('is encoded as far as the extent %s needs', (extent, encoded) => {
    const sent = new SentMessages(extent)
    readSent(sent.direction, headerOf(Buffer.alloc(100_000)), undefined)
    const from = vi.spyOn(Buffer, 'from')
    try {
      readSent(sent.direction, 'a'.repeat(100_000), 'utf8')
      const values = from.mock.calls.map(([value]) => value as unknown)
      const lengths = values.map((value) => (typeof value === 'string' ? value.length : 0)) // others are views, no copies
      expect(sum(lengths)).toBe(encoded)
    } finally {
      from.mockRestore()
    }
    expect(sent.counted).toMatchObject({ messages: 1, bytes: 100_000 })
  })
})

describe('the payload of a compressed message', () => {
  it('is read the same as text and as bytes', () => {
    fc.assert(
      fc.property(text, fc.constantFrom<Extent>('beginning', 'long'), (payload, extent) => {
        const [asText, asBytes] = [payload, Buffer.from(payload)].map((value) => {
          const sent = new SentMessages(extent)
          readPayload(sent.direction, value)
          sent.direction.payload(Buffer.byteLength(payload), true)
          sent.direction.read(frame({ reserved: 4, payload: Buffer.from('compressed') }))
          return sent.counted
        })
        expect(asText).toEqual(asBytes)
      }),
    )
  })
})

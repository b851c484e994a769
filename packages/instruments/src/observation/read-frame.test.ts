import { ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DeferredRecords } from '../instruments/deferred-records.ts'
import { frame } from '../testing/websocket-frames.ts'
import { DirectionObservation } from './direction-observation.ts'

const MASK = [1, 2, 3, 4]

/** What a direction has shown and counted, with counts that are recorded at a collection. */
class Direction {
  readonly events: string[] = []
  readonly counts = { messages: 0, bytes: 0 }
  readonly #deferred = new DeferredRecords()
  readonly #isMasked: boolean
  readonly observation: DirectionObservation
  /** Frames of which only the header was read. */
  headers = 0

  constructor(isMasked: boolean, wantsText: boolean) {
    this.#isMasked = isMasked
    this.observation = new DirectionObservation(isMasked ? 'received' : 'sent', {
      extentOf: () => 'long',
      onText: (_direction, { head }) => {
        this.events.push(head)
        if (head.startsWith('z')) this.observation.stopText()
      },
      onClose: (_direction, code) => this.events.push(`close ${code}`),
      onPing: () => this.events.push('ping'),
      onPong: () => this.events.push('pong'),
      onUnread: () => this.events.push('unread'),
    })
    this.#deferred.collectionStarted()
    this.observation.accept({
      series: {
        messages: { add: (count) => (this.counts.messages += count) },
        bytes: { add: (count) => (this.counts.bytes += count) },
      },
      context: ROOT_CONTEXT,
      extensions: 'deflate',
      wantsText,
      deferred: this.#deferred,
    })
  }

  /** Passes a chunk as a library does. */
  pass(chunk: Uint8Array): void {
    if (this.observation.readFrame(chunk, chunk.length, this.#isMasked)) this.headers++
    else this.observation.read(chunk)
  }

  get result() {
    this.#deferred.collectionStarted()
    return { events: this.events, ...this.counts, bytesRead: this.observation.bytesRead }
  }
}

const length = fc.oneof(fc.nat(130), fc.integer({ min: 65_530, max: 65_540 }))
const fields = fc.record({
  opcode: fc.constantFrom(0, 1, 1, 1, 2, 2, 3, 8, 9, 10),
  isFinal: fc.boolean(),
  reserved: fc.constantFrom(0, 0, 0, 4, 2),
  isMasked: fc.boolean(),
  letter: fc.constantFrom('a', 'z'),
  length,
  lengthBytes: fc.constantFrom(undefined, undefined, 2, 8),
  /** Where the frame is cut, and whether the rest is passed with the next frame. */
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(140) }),
})

const chunks = fc
  .tuple(
    fc.boolean(),
    fc.boolean(),
    fc.array(fc.oneof({ weight: 5, arbitrary: fields }, fc.uint8Array({ maxLength: 8 })), { maxLength: 12 }),
  )
  .map(([isMasked, isMixed, frames]) => ({
    isMasked,
    chunks: frames.flatMap((one): Uint8Array[] => {
      if (one instanceof Uint8Array) return isMixed ? [one] : []
      const whole = frame({
        ...one,
        ...(isMixed ? {} : { opcode: 1 + (one.opcode % 2), isFinal: true, reserved: 0 }),
        mask: (isMixed ? one.isMasked : isMasked) ? MASK : undefined,
        payload: Buffer.alloc(one.length, one.letter),
        lengthBytes: one.lengthBytes === 2 && one.length > 65_535 ? 8 : one.lengthBytes,
      } as Parameters<typeof frame>[0])
      return one.cut === undefined ? [whole] : [whole.subarray(0, one.cut), whole.subarray(one.cut)]
    }),
  }))

it('frames of which only the header is read are counted as those that are read whole', () => {
  let headers = 0
  fc.assert(
    fc.property(chunks, fc.boolean(), ({ isMasked, chunks }, wantsText) => {
      const [passed, read] = [new Direction(isMasked, wantsText), new Direction(isMasked, wantsText)]
      for (const chunk of chunks) {
        passed.pass(chunk)
        read.observation.read(chunk)
      }
      headers += passed.headers
      expect(passed.result).toEqual(read.result)
    }),
    { numRuns: 500 },
  )
  expect(headers).toBeGreaterThan(100)
})

it('bytes that are passed again are read once', () => {
  fc.assert(
    fc.property(chunks, fc.nat(6), ({ isMasked, chunks }, early) => {
      const [again, read] = [new Direction(isMasked, false), new Direction(isMasked, false)]
      for (const chunk of chunks.slice(0, early)) again.observation.read(chunk)
      again.observation.expectRepeated(chunks.slice(0, early).reduce((sum, chunk) => sum + chunk.length, 0))
      for (const chunk of chunks) {
        again.pass(chunk)
        read.observation.read(chunk)
      }
      const { bytesRead: _bytes, ...counted } = again.result
      expect(read.result).toMatchObject(counted)
    }),
  )
})

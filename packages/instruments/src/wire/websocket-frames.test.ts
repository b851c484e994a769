import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  type FrameFields,
  frame,
  PING,
  PONG,
  TEXT,
} from '../testing/websocket-frames.ts'
import type { FrameExtensions, MaskedBytes } from './frame-sink.ts'
import { MessageText } from './message-text.ts'
import { WebSocketFrameReader } from './websocket-frames.ts'

const MASK = [0x37, 0xfa, 0x21, 0x3d]

/** Reads chunks, and returns what the sink receives. The text of messages is collected if `wantsText` is set. */
function read(
  chunks: Iterable<Uint8Array>,
  { isMasked = false, extensions = 'none' as FrameExtensions, wantsText = false } = {},
): string[] {
  const seen: string[] = []
  const text = new MessageText(() => 'long')
  const reader = new WebSocketFrameReader(
    {
      wantsText,
      onText: (part: MaskedBytes) => text.append(part),
      onMessage(bytes, _isText, isEncoded) {
        const excerpt = text.take()
        const content = excerpt === undefined ? '' : ` "${excerpt.head}${excerpt.tail}"`
        seen.push(`${isEncoded ? 'encoded ' : ''}message ${bytes}${content}`)
      },
      onClose: (code) => seen.push(`close ${code}`),
      onPing: () => seen.push('ping'),
      onPong: () => seen.push('pong'),
      onInvalid: () => seen.push('invalid'),
    },
    isMasked,
  )
  reader.extensions = extensions
  for (const chunk of chunks) reader.read(chunk)
  return seen
}

/** Cuts bytes into chunks of these sizes, again and again. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

describe('a valid frame', () => {
  it.each<[string, FrameFields[], string[]]>([
    ['text', [{ payload: Buffer.from('hello') }], ['message 5']],
    ['binary', [{ opcode: BINARY, payload: new Uint8Array(125) }], ['message 125']],
    ['empty', [{}], ['message 0']],
    ['of 126 bytes', [{ payload: new Uint8Array(126) }], ['message 126']],
    ['of 65,535 bytes', [{ payload: new Uint8Array(65_535) }], ['message 65535']],
    ['of 65,536 bytes', [{ payload: new Uint8Array(65_536) }], ['message 65536']],
    ['of 1 byte with a length of 8 bytes', [{ payload: new Uint8Array(1), lengthBytes: 8 }], ['message 1']],
    [
      'in three fragments, with control frames between them',
      [
        { isFinal: false, payload: Buffer.from('ab') },
        { opcode: PING, payload: Buffer.from('x') },
        { opcode: CONTINUATION, isFinal: false },
        { opcode: PONG },
        { opcode: CONTINUATION, payload: Buffer.from('cd') },
      ],
      ['ping', 'pong', 'message 4'],
    ],
  ])('%s, masked or not, whole or byte by byte', (_what, frames, expected) => {
    for (const mask of [undefined, MASK]) {
      const bytes = Buffer.concat(frames.map((fields) => frame({ ...fields, mask })))
      for (const size of [bytes.length, 1, 3])
        expect(read(cut(bytes, [size]), { isMasked: mask !== undefined })).toEqual(expected)
    }
  })

  it.each([
    [1000, 'close 1000'],
    [4001, 'close 4001'],
    [65_535, 'close 65535'],
    [undefined, 'close 1005'],
  ])('with the close code %s ends the direction', (code, expected) => {
    for (const mask of [undefined, MASK]) {
      const bytes = Buffer.concat([closeFrame(code, mask), frame({ mask })])
      for (const size of [bytes.length, 1])
        expect(read(cut(bytes, [size]), { isMasked: mask !== undefined })).toEqual([expected])
    }
  })

  it('passes the text of messages without their masks', () => {
    const parts = [Buffer.from('{"type":'), Buffer.from('"response.create"}')] as const
    const bytes = Buffer.concat([
      frame({ isFinal: false, payload: parts[0], mask: MASK }),
      frame({ opcode: PING, payload: Buffer.from('ping'), mask: [1, 2, 3, 4] }),
      frame({ opcode: CONTINUATION, payload: parts[1], mask: [0xff, 0, 0x80, 7] }),
      frame({ opcode: BINARY, payload: parts[0], mask: MASK }),
    ])
    for (const size of [bytes.length, 1, 5]) {
      const seen = read(cut(bytes, [size]), { isMasked: true, wantsText: true })
      expect(seen).toEqual(['ping', 'message 26 "{"type":"response.create"}"', 'message 8'])
    }
  })
})

describe('a compressed frame', () => {
  const bytes = Buffer.concat([
    frame({ reserved: 4, isFinal: false, payload: new Uint8Array(3) }),
    frame({ opcode: CONTINUATION, payload: new Uint8Array(4) }),
    frame({ payload: new Uint8Array(2) }),
  ])

  it('is a message whose payload is encoded, if the handshake agreed on compression', () => {
    expect(read([bytes], { extensions: 'deflate' })).toEqual(['encoded message 7', 'message 2'])
    expect(read([bytes], { extensions: 'unknown' })).toEqual(['encoded message 7', 'message 2'])
  })

  it('is invalid if it did not', () => {
    expect(read([bytes])).toEqual(['invalid'])
  })
})

describe('an invalid frame', () => {
  it.each<[string, Uint8Array]>([
    ['with RSV2', frame({ reserved: 2 })],
    ['with RSV3', frame({ reserved: 1 })],
    ['with RSV1 on a control frame', frame({ opcode: PING, reserved: 4 })],
    ['with the opcode 3', frame({ opcode: 3 })],
    ['with the opcode 11', frame({ opcode: 11 })],
    ['with a length of 2^63', Uint8Array.of(0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['of control with 126 bytes', frame({ opcode: PING, payload: new Uint8Array(126) })],
    ['of control in fragments', frame({ opcode: PING, isFinal: false })],
    ['of close with 1 byte', frame({ opcode: CLOSE, payload: new Uint8Array(1) })],
    ['that continues nothing', frame({ opcode: CONTINUATION })],
    ['that begins a message within a message', Buffer.concat([frame({ isFinal: false }), frame({})])],
    ['that is masked and must not be', frame({ mask: MASK })],
    [
      'that continues with RSV1',
      Buffer.concat([frame({ isFinal: false, reserved: 4 }), frame({ opcode: CONTINUATION, reserved: 4 })]),
    ],
  ])('%s ends the reading, once', (_what, bytes) => {
    const more = Buffer.concat([frame({}), bytes, frame({}), bytes])
    for (const size of [more.length, 1])
      expect(read(cut(more, [size]), { extensions: 'deflate' })).toEqual(['message 0', 'invalid'])
  })

  it('is one that is not masked and has to be', () => {
    expect(read([frame({})], { isMasked: true })).toEqual(['invalid'])
  })
})

it.each([
  [16_382, ['message 16382']],
  [16_383, ['invalid']],
  [131_072, ['invalid']],
])('counts a message of at most 16,384 fragments: %i between the first and the last', (count, facts) => {
  const fragment = frame({ opcode: CONTINUATION, isFinal: false, payload: new Uint8Array(1) })
  const fragments = Buffer.alloc(fragment.length * count, fragment)
  const bytes = [frame({ isFinal: false }), fragments, frame({ opcode: CONTINUATION })]
  expect(read(bytes)).toEqual(facts)
})

it('counts a message of 2^53 bytes only when its last byte has come', () => {
  const head = Uint8Array.of(0x81, 127, 0, 0x20, 0, 0, 0, 0, 0, 0)
  expect(read([head, new Uint8Array(1000)])).toEqual([])
})

const payload = fc.uint8Array({ maxLength: 300 })
const control = fc.record({
  opcode: fc.constantFrom(PING, PONG),
  payload: fc.uint8Array({ maxLength: 125 }),
})
const message = fc
  .record({
    opcode: fc.constantFrom(TEXT, BINARY),
    payloads: fc.array(payload, { minLength: 1, maxLength: 4 }),
    between: control,
    hasControl: fc.boolean(),
    lengthBytes: fc.constantFrom(undefined, 8 as const),
  })
  .map(({ opcode, payloads, between, hasControl, lengthBytes }) => {
    const fragments = payloads.map((part, i) => ({
      opcode: i === 0 ? opcode : CONTINUATION,
      isFinal: i === payloads.length - 1,
      payload: part,
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
    }))
    const frames = hasControl ? [fragments[0], between, ...fragments.slice(1)] : fragments
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0)
    const name = between.opcode === PING ? 'ping' : 'pong'
    const isBefore = hasControl && payloads.length > 1
    const counted = `message ${bytes}`
    const seen = isBefore ? [name, counted] : hasControl ? [counted, name] : [counted]
    return { frames: frames as FrameFields[], seen }
  })

it('counts any sequence of messages the same wherever it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 }),
      fc.option(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), { nil: undefined }),
      fc.boolean(),
      (messages, sizes, mask, wantsText) => {
        const frames = messages.flatMap(({ frames: all }) => all.map((fields) => frame({ ...fields, mask })))
        const bytes = Buffer.concat([...frames, closeFrame(1001, mask)])
        const isMasked = mask !== undefined
        const seen = read(cut(bytes, sizes), { isMasked, wantsText })
        const expected = [...messages.flatMap((one) => one.seen), 'close 1001']
        expect(seen.map((line) => line.replace(/ ".*"$/s, ''))).toEqual(expected)
      },
    ),
  )
})

it('passes no further text of a message once the sink wants none, and skips it', () => {
  const passed: string[] = []
  const messages: number[] = []
  const reader = new WebSocketFrameReader(
    {
      wantsText: true,
      onText: ({ chunk, start, end }) =>
        passed.push(Buffer.from(chunk.subarray(start, end)).toString()) === 0,
      onMessage: (bytes) => void messages.push(bytes),
      onClose() {},
      onPing() {},
      onPong() {},
      onInvalid() {},
    },
    false,
  )
  reader.read(frame({ isFinal: false, payload: Buffer.from('abcdef') }).subarray(0, 4))
  expect(reader.skip(4)).toBe(true)
  reader.read(frame({ opcode: CONTINUATION, payload: Buffer.from('gh') }))
  reader.read(frame({ payload: Buffer.from('next') }))
  expect([passed, messages]).toEqual([
    ['ab', 'next'],
    [8, 4],
  ])
})

it('reads any bytes without throwing, and the same wherever they are cut', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.boolean(),
      fc.constantFrom<FrameExtensions>('none', 'deflate', 'unknown'),
      (bytes, sizes, isMasked, extensions) => {
        const options = { isMasked, extensions }
        expect(read(cut(bytes, sizes), options)).toEqual(read([bytes], options))
      },
    ),
    { numRuns: 1000 },
  )
})

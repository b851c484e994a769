import { deflateRawSync } from 'node:zlib'
import { encodeFrame, OPCODES, type OutgoingFrame } from './frames.ts'

const { binary, close, continuation, ping, text } = OPCODES

/** What a hostile client sends after its handshake. */
export interface HostileInput {
  readonly name: string
  readonly bytes: Buffer
  /** Whether each byte is written by itself. */
  readonly isSplit?: boolean
  /** The pings of the input; after the last one the server has read everything. */
  readonly pings?: number
  /** Whether the input ends inside a frame, so that the server waits for more. */
  readonly isOpenEnded?: boolean
  /** Whether the handshake offers permessage-deflate. */
  readonly isCompressed?: boolean
}

const GOOD: OutgoingFrame = { opcode: text, payload: 'good' }

/** A valid message, then these frames, then another valid message and a ping. */
export function between(name: string, ...frames: readonly OutgoingFrame[]): HostileInput {
  const pings = frames.filter(({ opcode }) => opcode === ping).length + 1
  const last = { opcode: ping, payload: 'last' }
  return { name, bytes: Buffer.concat([GOOD, ...frames, GOOD, last].map(encodeFrame)), pings }
}

const MESSAGES: readonly OutgoingFrame[] = [
  GOOD,
  { opcode: binary, payload: Buffer.alloc(126, 1) },
  { opcode: text, payload: 'fragments', fin: false },
  { opcode: ping, payload: 'inside' },
  { opcode: continuation, payload: '', fin: false },
  { opcode: continuation, payload: 'x'.repeat(300) },
  { opcode: text, payload: '' },
  { opcode: close, payload: Buffer.from([0x03, 0xe8]) },
]

/** `ws` refuses messages of more than 16,384 fragments. */
const FRAGMENTS = 131_072

/** Inputs that break the protocol, or that cost much. */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  { name: 'frames cut at every byte', bytes: Buffer.concat(MESSAGES.map(encodeFrame)), isSplit: true },
  ...[2n ** 63n, 2n ** 64n - 1n, 2n ** 63n - 1n, 2n ** 53n, 200_000_000n].map((length) =>
    between(`a length of ${length}`, { opcode: binary, payload: 'x', declaredLength: length }),
  ),
  ...[1, 2, 3, 4, 5, 6, 7].map((reserved) =>
    between(`reserved bits ${reserved.toString(2)}`, { opcode: text, payload: 'x', reserved }),
  ),
  between('reserved bits of a control frame', { opcode: ping, payload: 'x', reserved: 4 }),
  between('an unmasked frame', { opcode: text, payload: 'x', masked: false }),
  ...[3, 7, 11, 15].map((opcode) => between(`opcode ${opcode}`, { opcode, payload: 'x' })),
  between('a fragmented control frame', { opcode: ping, payload: 'x', fin: false }),
  between('a long control frame', { opcode: ping, payload: 'x'.repeat(126) }),
  between('a continuation of nothing', { opcode: continuation, payload: 'x' }),
  between('a message inside a message', { opcode: text, payload: 'x', fin: false }),
  between('a close frame of one byte', { opcode: close, payload: 'x' }),
  between('a close code that is not allowed', { opcode: close, payload: Buffer.from([0, 1]) }),
  between('a close reason that is not UTF-8', { opcode: close, payload: Buffer.from([3, 232, 0xff]) }),
  between('a text that is not UTF-8', { opcode: text, payload: Buffer.from([0xff, 0xfe]) }),
  between('data after the close frame', { opcode: close }),
  {
    ...between('corrupt compression', { opcode: text, payload: Buffer.alloc(9, 0xff), reserved: 4 }),
    isCompressed: true,
  },
  {
    ...between('a compressed message of 200 MB', {
      opcode: binary,
      payload: deflateRawSync(Buffer.alloc(200_000_000)),
      reserved: 4,
    }),
    isCompressed: true,
  },
  {
    name: `${FRAGMENTS} tiny fragments`,
    bytes: Buffer.concat([
      encodeFrame({ opcode: text, payload: 'x', fin: false }),
      ...Array.from({ length: FRAGMENTS }, () =>
        encodeFrame({ opcode: continuation, payload: 'x', fin: false }),
      ),
      encodeFrame({ opcode: continuation, payload: 'end' }),
    ]),
  },
  {
    name: 'a flood of pings',
    bytes: Buffer.concat(
      Array.from({ length: 20_000 }, () => encodeFrame({ opcode: ping, payload: 'ping' })),
    ),
    pings: 20_000,
  },
  {
    name: 'a message of 100 MB',
    bytes: Buffer.concat([
      encodeFrame({ opcode: binary, payload: Buffer.alloc(100_000_000, 7) }),
      encodeFrame({ opcode: ping, payload: 'last' }),
    ]),
    pings: 1,
  },
  { name: 'bytes that are no frames', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  { name: 'nothing', bytes: Buffer.alloc(0), isOpenEnded: true },
]

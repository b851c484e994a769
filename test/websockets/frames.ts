/** Opcodes of WebSocket frames (RFC 6455 section 5.2). */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** A frame to send. */
export interface OutgoingFrame {
  readonly opcode: number
  readonly payload?: string | Uint8Array
  /** Default: `true`. */
  readonly fin?: boolean
  /** The three reserved bits as a number; 4 is RSV1, which marks a compressed message. Default: 0. */
  readonly reserved?: number
  /** Default: `true`, as RFC 6455 requires of clients. */
  readonly masked?: boolean
  /** The length in the header, if it is not that of the payload; sent in 64 bits. */
  readonly declaredLength?: bigint
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

/** Encodes a frame with the shortest form of its length. */
export function encodeFrame(frame: OutgoingFrame): Buffer {
  const { opcode, payload = '', fin = true, reserved = 0, masked = true, declaredLength } = frame
  const body = Buffer.from(payload as Uint8Array)
  const maskBit = masked ? 0x80 : 0
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const header = Buffer.from([first, ...lengthBytes(declaredLength ?? body.length, maskBit)])
  if (!masked) return Buffer.concat([header, body])
  for (let i = 0; i < body.length; i++) body[i] = (body[i] as number) ^ (MASK[i & 3] as number)
  return Buffer.concat([header, MASK, body])
}

function lengthBytes(length: number | bigint, maskBit: number): Buffer {
  if (typeof length === 'number' && length < 126) return Buffer.from([maskBit | length])
  if (typeof length === 'number' && length < 65_536) {
    return Buffer.from([maskBit | 126, length >> 8, length & 0xff])
  }
  const bytes = Buffer.alloc(9)
  bytes[0] = maskBit | 127
  bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

/** A frame of the server. */
export interface ReceivedFrame {
  readonly opcode: number
  readonly fin: boolean
  readonly isCompressed: boolean
  readonly payload: Buffer
}

/** Splits the bytes that a server sends after its 101 into frames. */
export class FrameDecoder {
  #pending: Buffer[] = []
  #size = 0
  /** Bytes that the next frame has at least. */
  #needed = 2

  /** Returns the frames that are complete with this chunk. */
  decode(chunk: Buffer): ReceivedFrame[] {
    this.#pending.push(chunk)
    this.#size += chunk.length
    const frames: ReceivedFrame[] = []
    if (this.#size < this.#needed) return frames
    let bytes = Buffer.concat(this.#pending)
    while (bytes.length >= this.#needed) {
      const end = frameEnd(bytes)
      if (bytes.length < end.frame) this.#needed = end.frame
      else {
        const [first = 0] = bytes
        frames.push({
          opcode: first & 0x0f,
          fin: (first & 0x80) !== 0,
          isCompressed: (first & 0x40) !== 0,
          payload: bytes.subarray(end.header, end.frame),
        })
        bytes = bytes.subarray(end.frame)
        this.#needed = 2
      }
    }
    this.#pending = [bytes]
    this.#size = bytes.length
    return frames
  }
}

/** Returns where the header ends, and the frame; if the header is not complete, both are its end. */
function frameEnd(bytes: Buffer): { readonly header: number; readonly frame: number } {
  const second = bytes[1] as number
  if ((second & 0x80) !== 0) throw new Error('a server must not mask its frames')
  const header = second < 126 ? 2 : second === 126 ? 4 : 10
  if (bytes.length < header) return { header, frame: header }
  const length =
    second < 126 ? second : second === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return { header, frame: header + length }
}

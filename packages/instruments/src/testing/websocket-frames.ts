/** A frame to be encoded; each default is that of an unmasked, final text frame without payload. */
export interface FrameFields {
  readonly opcode?: number
  readonly isFinal?: boolean
  /** The bits RSV1 (4), RSV2 (2) and RSV3 (1). */
  readonly reserved?: number
  readonly mask?: readonly number[] | undefined
  readonly payload?: Uint8Array
  /** Bytes of the extended length; default: as few as possible. */
  readonly lengthBytes?: 0 | 2 | 8
}

export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

/** Encodes a frame (RFC 6455 section 5.2), also an invalid one. */
export function frame(fields: FrameFields): Buffer {
  const { opcode = TEXT, isFinal = true, reserved = 0, mask, payload = new Uint8Array(0) } = fields
  const { length } = payload
  const { lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8 } = fields
  const extended = Buffer.alloc(8)
  extended.writeBigUInt64BE(BigInt(length))
  const second = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127
  return Buffer.concat([
    Uint8Array.of((isFinal ? 0x80 : 0) | (reserved << 4) | opcode, (mask === undefined ? 0 : 0x80) | second),
    extended.subarray(8 - lengthBytes),
    Uint8Array.from(mask ?? []),
    payload.map((byte, at) => byte ^ (mask?.[at % 4] ?? 0)),
  ])
}

/** Encodes a close frame. */
export function closeFrame(code: number | undefined, mask?: readonly number[]): Buffer {
  const payload = code === undefined ? new Uint8Array(0) : Uint8Array.of(code >> 8, code & 0xff)
  return frame({ opcode: CLOSE, payload, mask })
}

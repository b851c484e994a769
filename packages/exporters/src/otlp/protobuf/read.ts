/** A field of a protobuf message, as offsets into the bytes of the message. */
export interface Field {
  readonly number: number
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: number
  /** Offset of its tag. */
  readonly start: number
  /** Offset of its value, after tag and length. */
  readonly valueStart: number
  readonly end: number
  /** Value of a varint that a double can represent. */
  readonly varint: number
}

/**
 * Iterates over the fields of a message in their order, without parsing embedded messages.
 * @throws RangeError if the bytes are not a protobuf message
 */
export function* fieldsOf(bytes: Uint8Array, from = 0, to = bytes.length): Generator<Field> {
  let at = from
  const readVarint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = at < to ? bytes[at++] : undefined
      if (byte === undefined || scale > 2 ** 63) throw new RangeError(`no varint before byte ${at}`)
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < to) {
    const start = at
    const tag = readVarint()
    const wireType = tag % 8
    let varint = 0
    let valueStart = at
    if (wireType === 0) varint = readVarint()
    else if (wireType === 2) {
      const length = readVarint()
      valueStart = at
      at += length
    } else if (wireType === 1 || wireType === 5) at += wireType === 1 ? 8 : 4
    else throw new RangeError(`wire type ${wireType} at byte ${start}`)
    if (at > to) throw new RangeError(`field at byte ${start} is longer than its message`)
    yield { number: Math.floor(tag / 8), wireType, start, valueStart, end: at, varint }
  }
}

/** Returns the value of a length-delimited field. */
export function bytesOf(bytes: Uint8Array, { valueStart, end }: Field): Uint8Array {
  return bytes.subarray(valueStart, end)
}

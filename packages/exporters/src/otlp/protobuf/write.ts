/** Writes protobuf fields into a growing buffer. */
export class Writer {
  #buffer: Buffer = Buffer.allocUnsafe(1024)
  #length = 0
  /** Start offsets of the contents of open messages. */
  readonly #open: number[] = []

  /** Returns the bytes written since the last call. Later writes do not change them. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length)
    this.#buffer = this.#buffer.subarray(this.#length)
    this.#length = 0
    return taken
  }

  /** Begins an embedded message: the following fields belong to it until {@link end}. */
  begin(field: number): this {
    this.#varint(field * 8 + 2)
    this.#reserve(1)
    this.#length += 1
    this.#open.push(this.#length)
    return this
  }

  /**
   * Ends the innermost open message. One byte is reserved for its length, which is sufficient for most
   * messages.
   */
  end(): this {
    const start = this.#open.pop() ?? 0
    const length = this.#length - start
    const more = sizeOfVarint(length) - 1
    if (more > 0) {
      this.#reserve(more)
      this.#buffer.copyWithin(start + more, start, this.#length)
    }
    this.#length = start - 1
    this.#varint(length)
    this.#length += length
    return this
  }

  /** Writes an `int64` or `bool` field; a negative number takes ten bytes. */
  varint(field: number, value: number): this {
    this.#varint(field * 8)
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.#varint(value)
    else this.#bigVarint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  /** Writes a `fixed64` or `sfixed64` field. */
  fixed64(field: number, value: bigint): this {
    this.#varint(field * 8 + 1)
    this.#reserve(8)
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length)
    return this
  }

  /** Writes a `double` field. */
  double(field: number, value: number): this {
    this.#varint(field * 8 + 1)
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
    return this
  }

  /** Writes a `bytes` field from hexadecimal digits. */
  hex(field: number, digits: string): this {
    return this.#text(field, digits, digits.length / 2, 'hex')
  }

  /** Writes a `string` field. */
  string(field: number, value: string): this {
    return this.#text(field, value, Buffer.byteLength(value), 'utf8')
  }

  #text(field: number, value: string, size: number, encoding: 'hex' | 'utf8'): this {
    this.#varint(field * 8 + 2)
    this.#varint(size)
    this.#reserve(size)
    this.#length += this.#buffer.write(value, this.#length, size, encoding)
    return this
  }

  #varint(value: number): void {
    this.#reserve(10)
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) this.#buffer[this.#length++] = (left % 128) | 128
    this.#buffer[this.#length++] = left
  }

  #bigVarint(value: bigint): void {
    this.#reserve(10)
    let left = value
    for (; left > 127n; left >>= 7n) this.#buffer[this.#length++] = Number(left & 127n) | 128
    this.#buffer[this.#length++] = Number(left)
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(64 * 1024, 2 * (this.#length + size)))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Encodes an integer below 2^53 as a varint. */
export function varintBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(sizeOfVarint(value))
  let left = value
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = i < bytes.length - 1 ? (left % 128) | 128 : left
    left = Math.floor(left / 128)
  }
  return bytes
}

function sizeOfVarint(value: number): number {
  let size = 1
  for (let left = value; left > 127; left = Math.floor(left / 128)) size += 1
  return size
}

/** Writes protobuf fields one after another; for small messages. */
export class Writer {
  readonly #bytes: number[] = []

  /** What has been written. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  /** A varint field; a negative number takes ten bytes, as `int64` has it. */
  varint(field: number, value: number): this {
    this.#tag(field, 0)
    this.#pushVarint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  /** A `fixed64` or `sfixed64` field. */
  fixed64(field: number, value: bigint): this {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, BigInt.asUintN(64, value), true)
    return this.#eightBytes(field, view)
  }

  /** A `double` field. */
  double(field: number, value: number): this {
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value, true)
    return this.#eightBytes(field, view)
  }

  /** A `bytes` field, or an embedded message. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2)
    this.#pushVarint(BigInt(value.length))
    for (const byte of value) this.#bytes.push(byte)
    return this
  }

  /** A `string` field. */
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  #eightBytes(field: number, view: DataView): this {
    this.#tag(field, 1)
    for (let i = 0; i < 8; i++) this.#bytes.push(view.getUint8(i))
    return this
  }

  #tag(field: number, wireType: number): void {
    this.#pushVarint(BigInt(field * 8 + wireType))
  }

  #pushVarint(value: bigint): void {
    let left = value
    for (; left > 127n; left >>= 7n) this.#bytes.push(Number(left & 127n) | 128)
    this.#bytes.push(Number(left))
  }
}

/** The bytes of a number below 2^53 as a varint. */
export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  bytes.push(left)
  return Uint8Array.from(bytes)
}

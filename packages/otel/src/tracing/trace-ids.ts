import { randomFillSync } from 'node:crypto'

/** Bytes generated at once: generating 16 bytes costs ten times as much as taking them from the pool. */
const POOL = 4096

const WORD = 4

/** A `traceparent` header (W3C Trace Context section 3.2). Its ids and flags are overwritten for each new header. */
const HEADER = Buffer.from(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`)
const TRACE_ID_AT = 3
const SPAN_ID_AT = 36
const FLAGS_AT = 54

const DIGITS = Buffer.from('0123456789abcdef')

/** Writes the eight hexadecimal digits of a word. */
function writeDigits(word: number, at: number): void {
  for (let digit = 0; digit < 2 * WORD; digit++) {
    HEADER[at + digit] = DIGITS[(word >>> (28 - 4 * digit)) & 15] as number
  }
}

/** The id of a new trace as four random words. They are converted to digits only when they are read. */
export class TraceIdWords {
  readonly #first: number
  readonly #second: number
  readonly #third: number
  readonly #fourth: number

  /** Takes signed 32-bit words. */
  constructor(first: number, second: number, third: number, fourth: number) {
    this.#first = first
    this.#second = second
    this.#third = third
    this.#fourth = fourth
  }

  /** 32 hexadecimal digits. */
  get traceId(): string {
    this.writeToHeader()
    return HEADER.toString('latin1', TRACE_ID_AT, TRACE_ID_AT + 8 * WORD)
  }

  /** Writes the digits into the header that is created next. */
  writeToHeader(): void {
    writeDigits(this.#first, TRACE_ID_AT)
    writeDigits(this.#second, TRACE_ID_AT + 2 * WORD)
    writeDigits(this.#third, TRACE_ID_AT + 4 * WORD)
    writeDigits(this.#fourth, TRACE_ID_AT + 6 * WORD)
  }

  /** Whether the id is all zero, which is invalid. */
  get isZero(): boolean {
    return (this.#first | this.#second | this.#third | this.#fourth) === 0
  }

  /** The exclusive or of the words, unsigned: the input of the SDK's ratio sampler. */
  get folded(): number {
    return (this.#first ^ this.#second ^ this.#third ^ this.#fourth) >>> 0
  }
}

/** Generates random ids (W3C Trace Context section 2.2.2 requires the right-most bytes to be random; here all are). */
export class RandomIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** Returns a new trace id, from which the sampling decision is derived. */
  newTraceId(): TraceIdWords {
    const traceId = new TraceIdWords(this.#word(), this.#word(), this.#word(), this.#word())
    return traceId.isZero ? this.newTraceId() : traceId
  }

  /** Returns 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.newTraceId().traceId
  }

  /** Returns 16 hexadecimal digits, never all zero. */
  spanId(): string {
    this.#writeSpanId()
    return HEADER.toString('latin1', SPAN_ID_AT, SPAN_ID_AT + 4 * WORD)
  }

  /**
   * Returns a `traceparent` header with a new parent id. It is written into one buffer: one string instead of seven.
   * @param traceId a new trace id, or the 32 digits of the caller's
   * @param flags 0 to 9
   */
  traceparent(traceId: TraceIdWords | string, flags: number): string {
    if (typeof traceId === 'string') HEADER.write(traceId, TRACE_ID_AT, 'latin1')
    else traceId.writeToHeader()
    this.#writeSpanId()
    HEADER[FLAGS_AT] = DIGITS[flags] as number
    return HEADER.toString('latin1')
  }

  #writeSpanId(): void {
    const first = this.#word()
    const second = this.#word()
    if ((first | second) === 0) this.#writeSpanId()
    else {
      writeDigits(first, SPAN_ID_AT)
      writeDigits(second, SPAN_ID_AT + 2 * WORD)
    }
  }

  #word(): number {
    if (this.#used === POOL) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const at = this.#used
    this.#used += WORD
    return this.#pool.readInt32BE(at)
  }
}

/**
 * The id generator of the SDK. {@link PresetIdGenerator.preset} sets the trace id of the next root span, so that the SDK uses
 * the id by which the sampling decision was taken.
 */
export class PresetIdGenerator {
  readonly #ids: RandomIds
  #preset: string | undefined

  constructor(ids: RandomIds) {
    this.#ids = ids
  }

  /** Sets the trace id of the next root span; `undefined` resets it. */
  preset(traceId: string | undefined): void {
    this.#preset = traceId
  }

  readonly generateTraceId = (): string => {
    const preset = this.#preset
    this.#preset = undefined
    return preset ?? this.#ids.traceId()
  }

  readonly generateSpanId = (): string => this.#ids.spanId()
}

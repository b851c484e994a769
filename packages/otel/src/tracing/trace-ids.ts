import { randomFillSync } from 'node:crypto'

/** Bytes made at once: asking for 16 of them costs ten times as much as taking them. */
const POOL = 4096

const WORD = 4

/** A `traceparent` header (W3C Trace Context section 3.2) whose ids and flags are overwritten each time one is made. */
const HEADER = Buffer.from(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`)
const TRACE_ID_AT = 3
const SPAN_ID_AT = 36
const FLAGS_AT = 54

const DIGITS = Buffer.from('0123456789abcdef')

/** Writes the eight digits of a word. */
function writeDigits(word: number, at: number): void {
  for (let digit = 0; digit < 2 * WORD; digit++) {
    HEADER[at + digit] = DIGITS[(word >>> (28 - 4 * digit)) & 15] as number
  }
}

/** The id of a trace that begins: four random words, which are digits only if somebody asks for them. */
export class TraceIdWords {
  readonly #first: number
  readonly #second: number
  readonly #third: number
  readonly #fourth: number

  /** Words are signed, of 32 bits. */
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

  /** Writes them into the header that is made next. */
  writeToHeader(): void {
    writeDigits(this.#first, TRACE_ID_AT)
    writeDigits(this.#second, TRACE_ID_AT + 2 * WORD)
    writeDigits(this.#third, TRACE_ID_AT + 4 * WORD)
    writeDigits(this.#fourth, TRACE_ID_AT + 6 * WORD)
  }

  /** Whether it is the one that is not valid. */
  get isZero(): boolean {
    return (this.#first | this.#second | this.#third | this.#fourth) === 0
  }

  /** The exclusive or of the words, without a sign: what the SDK's sampler by ratio looks at. */
  get folded(): number {
    return (this.#first ^ this.#second ^ this.#third ^ this.#fourth) >>> 0
  }
}

/** Random ids (W3C Trace Context section 2.2.2: the right part of them has to be random, here all of it is). */
export class RandomIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** Draws a trace id, with what decides whether it is sampled. */
  newTraceId(): TraceIdWords {
    const drawn = new TraceIdWords(this.#word(), this.#word(), this.#word(), this.#word())
    return drawn.isZero ? this.newTraceId() : drawn
  }

  /** 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.newTraceId().traceId
  }

  /** 16 hexadecimal digits, never all zero. */
  spanId(): string {
    this.#writeSpanId()
    return HEADER.toString('latin1', SPAN_ID_AT, SPAN_ID_AT + 4 * WORD)
  }

  /**
   * Returns a `traceparent` header with a new parent id. Written into one buffer, it is one string instead of seven.
   * @param traceId drawn here, or the 32 digits of a caller's
   * @param flags from 0 to 9
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
 * The ids of the SDK's spans. A trace id that was decided on before the span is made is handed over with
 * {@link PresetIdGenerator.preset}, so that the decision is taken once.
 */
export class PresetIdGenerator {
  readonly #ids: RandomIds
  #handed: string | undefined

  constructor(ids: RandomIds) {
    this.#ids = ids
  }

  /** The next root span gets this trace id. `undefined` takes it back. */
  preset(traceId: string | undefined): void {
    this.#handed = traceId
  }

  readonly generateTraceId = (): string => {
    const handed = this.#handed
    this.#handed = undefined
    return handed ?? this.#ids.traceId()
  }

  readonly generateSpanId = (): string => this.#ids.spanId()
}

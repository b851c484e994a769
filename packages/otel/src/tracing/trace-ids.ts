import { randomFillSync } from 'node:crypto'

/** Bytes made at once: asking for 16 of them costs ten times as much as taking them. */
const POOL = 4096

const WORD = 4

/** Where words are put to be printed. */
const PRINTED = Buffer.alloc(4 * WORD)

/** The id of a trace that begins: four random words, which are digits only if somebody asks for them. */
export class DrawnId {
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
    PRINTED.writeInt32BE(this.#first, 0)
    PRINTED.writeInt32BE(this.#second, WORD)
    PRINTED.writeInt32BE(this.#third, 2 * WORD)
    PRINTED.writeInt32BE(this.#fourth, 3 * WORD)
    return PRINTED.toString('hex')
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
export class TraceIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** Draws a trace id, with what decides whether it is sampled. */
  draw(): DrawnId {
    const drawn = new DrawnId(this.#word(), this.#word(), this.#word(), this.#word())
    return drawn.isZero ? this.draw() : drawn
  }

  /** 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.draw().traceId
  }

  /** 16 hexadecimal digits, never all zero. */
  spanId(): string {
    const first = this.#word()
    const second = this.#word()
    if ((first | second) === 0) return this.spanId()
    PRINTED.writeInt32BE(first, 0)
    PRINTED.writeInt32BE(second, WORD)
    return PRINTED.toString('hex', 0, 2 * WORD)
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
 * {@link HandedIds.hand}, so that the decision is taken once.
 */
export class HandedIds {
  readonly #ids: TraceIds
  #handed: string | undefined

  constructor(ids: TraceIds) {
    this.#ids = ids
  }

  /** The next root span gets this trace id. `undefined` takes it back. */
  hand(traceId: string | undefined): void {
    this.#handed = traceId
  }

  readonly generateTraceId = (): string => {
    const handed = this.#handed
    this.#handed = undefined
    return handed ?? this.#ids.traceId()
  }

  readonly generateSpanId = (): string => this.#ids.spanId()
}

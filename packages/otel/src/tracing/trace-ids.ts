import { randomFillSync } from 'node:crypto'

/** Bytes made at once: asking for 16 of them costs ten times as much as taking them. */
const POOL = 4096

const TRACE_ID = 16
const SPAN_ID = 8

/** 16 random bytes that may become a trace id: they decide before they are written out. */
export interface DrawnId {
  /** The exclusive or of its four words: what the SDK's sampler by ratio looks at. */
  readonly folded: number
  /** 32 hexadecimal digits, never all zero; made when first asked for. */
  readonly traceId: string
}

/** Random ids (W3C Trace Context section 2.2.2: the right part of them has to be random, here all of it is). */
export class TraceIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** Draws a trace id without writing it out. */
  draw(): DrawnId {
    const at = this.#take(TRACE_ID)
    const pool = this.#pool
    return new Drawn(
      pool.readUInt32BE(at),
      pool.readUInt32BE(at + 4),
      pool.readUInt32BE(at + 8),
      pool.readUInt32BE(at + 12),
    )
  }

  /** 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.draw().traceId
  }

  /** 16 hexadecimal digits, never all zero. */
  spanId(): string {
    const at = this.#take(SPAN_ID)
    const id = this.#pool.toString('hex', at, at + SPAN_ID)
    return /^0+$/.test(id) ? this.spanId() : id
  }

  #take(bytes: number): number {
    if (this.#used + bytes > POOL) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const at = this.#used
    this.#used += bytes
    return at
  }
}

class Drawn implements DrawnId {
  readonly #words: readonly [number, number, number, number]
  #traceId: string | undefined

  constructor(a: number, b: number, c: number, d: number) {
    this.#words = [a, b, c, a === 0 && b === 0 && c === 0 && d === 0 ? 1 : d]
  }

  get folded(): number {
    const [a, b, c, d] = this.#words
    return (a ^ b ^ c ^ d) >>> 0
  }

  get traceId(): string {
    this.#traceId ??= this.#words.map((word) => word.toString(16).padStart(8, '0')).join('')
    return this.#traceId
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

import { randomFillSync } from 'node:crypto'

/** Bytes made at once: asking for 16 of them costs ten times as much as taking them. */
const POOL = 4096

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

const TRACE_ID = 16
const SPAN_ID = 8

/** The id of a trace that begins. */
export interface DrawnId {
  /** 32 hexadecimal digits, never all zero. */
  readonly traceId: string
  /** The exclusive or of its four words: what the SDK's sampler by ratio looks at. */
  readonly folded: number
}

/** Random ids (W3C Trace Context section 2.2.2: the right part of them has to be random, here all of it is). */
export class TraceIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** Draws a trace id, with what decides whether it is sampled. */
  draw(): DrawnId {
    const at = this.#take(TRACE_ID)
    const pool = this.#pool
    const traceId = pool.toString('hex', at, at + TRACE_ID)
    if (traceId === NO_TRACE) return this.draw()
    const left = pool.readUInt32BE(at) ^ pool.readUInt32BE(at + 4)
    return { traceId, folded: (left ^ pool.readUInt32BE(at + 8) ^ pool.readUInt32BE(at + 12)) >>> 0 }
  }

  /** 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.draw().traceId
  }

  /** 16 hexadecimal digits, never all zero. */
  spanId(): string {
    const at = this.#take(SPAN_ID)
    const spanId = this.#pool.toString('hex', at, at + SPAN_ID)
    return spanId === NO_SPAN ? this.spanId() : spanId
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

import { randomFillSync } from 'node:crypto'

/** Bytes made at once: asking for 16 of them costs ten times as much as taking them. */
const POOL = 4096

const TRACE_ID = 16
const SPAN_ID = 8

/** Random ids (W3C Trace Context section 2.2.2: the right part of them has to be random, here all of it is). */
export class TraceIds {
  readonly #pool = Buffer.alloc(POOL)
  #used = POOL

  /** 32 hexadecimal digits, never all zero. */
  traceId(): string {
    return this.#hex(TRACE_ID)
  }

  /** 16 hexadecimal digits, never all zero. */
  spanId(): string {
    return this.#hex(SPAN_ID)
  }

  #hex(bytes: number): string {
    if (this.#used + bytes > POOL) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const id = this.#pool.toString('hex', this.#used, this.#used + bytes)
    this.#used += bytes
    return /^0+$/.test(id) ? this.#hex(bytes) : id
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

import { ExcerptReader } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { FactSink } from './facts.ts'
import { isSpace } from './json-scan.ts'
import { WIRE_FORMATS } from './readers.ts'
import { errorFact } from './values.ts'
import type { WireFormat } from './wire-format.ts'

/** Bytes that are kept from the beginning of a long body. */
export const BODY_HEAD = 131_072
/** Bytes that are kept from the end of a long body. */
export const BODY_TAIL = 131_072

/**
 * Reads the facts of one JSON body, of a request or of a response, of any of the APIs. It copies from the chunks and does not
 * change them, and holds at most {@link BODY_HEAD} + {@link BODY_TAIL} bytes. Of a longer body, tools, tool calls and
 * finish reasons may be missing; model and token counts are found in its head or its tail. A body that does not begin as a JSON
 * object is not kept.
 */
export class JsonBody {
  readonly #kind: 'request' | 'response'
  readonly #sink: FactSink
  readonly #formats: readonly WireFormat[]
  /** Whether the body can be a JSON object; `undefined` as long as it has nothing but white space. */
  #mayBeObject: boolean | undefined
  #head = new Uint8Array(0)
  #headLength = 0
  /** A ring of {@link BODY_TAIL} bytes, once the head is full. */
  #tail: Uint8Array | undefined
  #tailLength = 0

  /** @param formats the wire formats that may occur; default: all */
  constructor(kind: 'request' | 'response', sink: FactSink, formats: readonly WireFormat[] = WIRE_FORMATS) {
    this.#kind = kind
    this.#sink = sink
    this.#formats = formats
  }

  /** Bytes that are kept at the moment. */
  get retainedBytes(): number {
    return this.#head.length + (this.#tail?.length ?? 0)
  }

  /** Takes the next chunk; text is taken as UTF-8. */
  append(chunk: Uint8Array | string): void {
    if (this.#mayBeObject === false) return
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk
    this.#mayBeObject ??= mayBeObject(bytes)
    if (this.#mayBeObject === false) return
    const taken = Math.min(bytes.length, BODY_HEAD - this.#headLength)
    this.#appendHead(bytes.subarray(0, taken))
    if (taken < bytes.length) this.#appendTail(bytes.subarray(taken))
  }

  #appendHead(bytes: Uint8Array): void {
    const length = this.#headLength + bytes.length
    if (length > this.#head.length) {
      const grown = new Uint8Array(Math.min(BODY_HEAD, Math.max(length, 2 * this.#head.length)))
      grown.set(this.#head.subarray(0, this.#headLength))
      this.#head = grown
    }
    this.#head.set(bytes, this.#headLength)
    this.#headLength = length
  }

  #appendTail(bytes: Uint8Array): void {
    this.#tail ??= new Uint8Array(BODY_TAIL)
    const kept = bytes.subarray(Math.max(0, bytes.length - BODY_TAIL))
    const position = (this.#tailLength + bytes.length - kept.length) % BODY_TAIL
    const beforeWrap = kept.subarray(0, BODY_TAIL - position)
    this.#tail.set(beforeWrap, position)
    this.#tail.set(kept.subarray(beforeWrap.length), 0)
    this.#tailLength += bytes.length
  }

  /**
   * Reports the facts and frees the memory. To be called when the body is complete: from a body that was cut off, nothing
   * certain can be read. Never throws, except what the sink throws.
   */
  end(): void {
    const body = new ExcerptReader(this.#take(), 'decoded')
    const isRequest = this.#kind === 'request'
    const format = this.#formats.find((each) => (isRequest ? each.isRequest(body) : each.isResponse(body)))
    const reporter = new FactReporter(this.#sink)
    if (format !== undefined) {
      reporter.report({ type: 'api_identified', api: format.api, operation: format.operation })
      if (isRequest) format.readRequest(body, this.#sink)
      else format.readResponse(body, this.#sink)
      return
    }
    if (isRequest) return
    const error = body.get('error')
    if (error !== undefined && error !== null) reporter.report(errorFact(error))
  }

  #take(): { head: string; tail: string; isWhole: boolean } {
    const isWhole = this.#tailLength <= BODY_TAIL
    const bytes = new Uint8Array(this.#headLength + (isWhole ? this.#tailLength : 0))
    bytes.set(this.#head.subarray(0, this.#headLength))
    const ring = this.#tail ?? new Uint8Array(0)
    if (isWhole) bytes.set(ring.subarray(0, this.#tailLength), this.#headLength)
    const begin = this.#tailLength % BODY_TAIL
    // One decoder over both parts of the ring: a character may lie across its end.
    const decoder = new TextDecoder()
    const tail = isWhole
      ? ''
      : decoder.decode(ring.subarray(begin), { stream: true }) + decoder.decode(ring.subarray(0, begin))
    this.#head = new Uint8Array(0)
    this.#tail = undefined
    this.#headLength = 0
    this.#tailLength = 0
    return { head: new TextDecoder().decode(bytes), tail, isWhole }
  }
}

const encoder = new TextEncoder()

const OPEN_BRACE = 123
const BYTE_ORDER_MARK = 0xef

/** Whether a text may be a JSON object, by its first byte that is no white space; `undefined` if there is none. */
function mayBeObject(bytes: Uint8Array): boolean | undefined {
  const first = bytes.find((byte) => !isSpace(byte))
  return first === undefined ? undefined : first === OPEN_BRACE || first === BYTE_ORDER_MARK
}

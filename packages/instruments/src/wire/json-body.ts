import { type Excerpt, ExcerptReader } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { FactSink } from './facts.ts'
import { isSpace } from './json-scan.ts'
import { WIRE_FORMATS } from './readers.ts'
import { bytesOf, isAscii, textOfBytes } from './utf8.ts'
import { errorFact } from './values.ts'
import type { WireFormat } from './wire-format.ts'

/** Bytes that are kept from the beginning of a long body. */
export const BODY_HEAD = 131_072
/** Bytes that are kept from the end of a long body. */
export const BODY_TAIL = 131_072
/** Of a string with more UTF-16 units than this, only the beginning and the end are encoded. */
const LONG_TEXT = BODY_HEAD + BODY_TAIL + 1

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
  /** The first chunk, with one character for each byte, until a second one comes: most bodies have one chunk. */
  #onlyChunk: string | undefined
  #head = EMPTY
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
    return (this.#onlyChunk?.length ?? 0) + this.#head.length + (this.#tail?.length ?? 0)
  }

  /** Takes the next chunk; text is taken as UTF-8. */
  append(chunk: Uint8Array | string): void {
    if (this.#mayBeObject === false) return
    if (typeof chunk === 'string' && chunk.length > LONG_TEXT) {
      // A character has at least one byte: these parts fill the head and the tail, and more.
      this.append(chunk.slice(0, BODY_HEAD + 1))
      this.append(chunk.slice(-BODY_TAIL))
      return
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.#mayBeObject ??= mayBeObject(bytes)
    if (this.#mayBeObject === false) return
    const onlyChunk = this.#onlyChunk
    if (onlyChunk === undefined && this.#headLength === 0 && bytes.length <= BODY_HEAD) {
      this.#onlyChunk = textOfBytes(bytes)
      return
    }
    if (onlyChunk !== undefined) {
      this.#onlyChunk = undefined
      this.#appendBytes(bytesOf(onlyChunk))
    }
    this.#appendBytes(bytes)
  }

  #appendBytes(bytes: Uint8Array): void {
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
    const excerpt = this.#take()
    if (this.#wantsToolCallsOnly && !this.#mayHaveToolCalls(excerpt)) return
    const body = new ExcerptReader(excerpt, 'decoded')
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

  get #wantsToolCallsOnly(): boolean {
    const { wants } = this.#sink
    return this.#kind === 'response' && wants.size === 1 && wants.has('tool_call_requested')
  }

  /** A search takes a tenth of the time in which JSON is parsed, and most responses have no tool calls. */
  #mayHaveToolCalls({ head, tail }: Excerpt): boolean {
    const isIn = (mark: string): boolean => head.includes(mark) || tail.includes(mark)
    return isIn('\\u') || this.#formats.some(({ toolCallMarks }) => toolCallMarks.some(isIn))
  }

  #take(): Excerpt {
    const excerpt = this.#read()
    this.#onlyChunk = undefined
    this.#head = EMPTY
    this.#tail = undefined
    this.#headLength = 0
    this.#tailLength = 0
    return excerpt
  }

  #read(): Excerpt {
    if (this.#onlyChunk !== undefined) return whole(decodedText(this.#onlyChunk))
    const head = this.#head.subarray(0, this.#headLength)
    if (this.#tail === undefined) return whole(decodedBytes(head))
    const begin = this.#tailLength % BODY_TAIL
    if (this.#tailLength <= BODY_TAIL)
      return whole(decodedBytes(head, this.#tail.subarray(0, this.#tailLength)))
    const tail = decodedBytes(this.#tail.subarray(begin), this.#tail.subarray(0, begin))
    return { head: decodedBytes(head), tail, isWhole: false }
  }
}

const whole = (head: string): Excerpt => ({ head, tail: '', isWhole: true })

const EMPTY = new Uint8Array(0)

/** A decoder takes 2 µs to create. */
const decoder = new TextDecoder()

/** Decodes UTF-8 from text with one character for each byte. ASCII needs no decoding. */
function decodedText(text: string): string {
  return isAscii(text) ? text : decoder.decode(bytesOf(text))
}

/** Decodes UTF-8 in two parts: a character may lie across them. */
function decodedBytes(first: Uint8Array, second: Uint8Array = EMPTY): string {
  return decoder.decode(second.length === 0 ? first : Buffer.concat([first, second]))
}

const OPEN_BRACE = 123
const BYTE_ORDER_MARK = 0xef

/** Whether a text may be a JSON object, by its first byte that is no white space; `undefined` if there is none. */
function mayBeObject(bytes: Uint8Array): boolean | undefined {
  const first = bytes.find((byte) => !isSpace(byte))
  return first === undefined ? undefined : first === OPEN_BRACE || first === BYTE_ORDER_MARK
}

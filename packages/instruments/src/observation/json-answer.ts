import { internalErrors } from '../instruments/internal-errors.ts'
import type { Fact, FactSink, ToolCallRequested } from '../wire/facts.ts'
import { JsonBody } from '../wire/json-body.ts'
import { bytesOf } from '../wire/utf8.ts'
import type { BodyDecoder } from './stream-observation.ts'

const WANTS: ReadonlySet<Fact['type']> = new Set(['tool_call_requested'])

/** Reads the tool calls in the JSON body of a response, in bounded memory. */
export class JsonAnswer implements FactSink {
  readonly wants = WANTS
  /** Whether chunks are passed to {@link JsonAnswer.sentPart}; else to {@link JsonAnswer.sentCoded}. */
  readonly isIdentity: boolean
  readonly #decoder: BodyDecoder | undefined
  readonly #onToolCall: (fact: ToolCallRequested) => void
  /** `undefined` once the body cannot be read. */
  #body: JsonBody | undefined = new JsonBody('response', this)

  /**
   * @param isIdentity whether the body is sent without a content coding
   * @param decoder decodes a body with a content coding
   */
  constructor(
    isIdentity: boolean,
    decoder: BodyDecoder | undefined,
    onToolCall: (fact: ToolCallRequested) => void,
  ) {
    this.isIdentity = isIdentity
    this.#decoder = decoder
    this.#onToolCall = onToolCall
  }

  /** Distinguishes the body from that of an event stream. */
  get kind(): 'json' {
    return 'json'
  }

  /** Called when a part of a body without content coding was sent. */
  sentPart(part: Uint8Array | string): void {
    this.#body?.append(part)
  }

  /** Called when a chunk of a body with a content coding was sent. */
  sentCoded(chunk: Uint8Array): void {
    const body = this.#body
    const isRead = body !== undefined && this.#decoder?.decode(chunk, (text) => body.append(bytesOf(text)))
    if (isRead !== true) this.#body = undefined
  }

  /** Called when the response has ended. An incomplete body has no facts. Never throws. */
  end(): void {
    this.#decoder?.close()
    const body = this.#body
    this.#body = undefined
    try {
      body?.end()
    } catch (error) {
      internalErrors.report('tool_calls', error)
    }
  }

  onFact(fact: Fact): void {
    if (fact.type === 'tool_call_requested') this.#onToolCall(fact)
  }
}

import type { Attributes } from '@opentelemetry/api'
import { member } from '../../wire/excerpt.ts'
import { elementsOf } from '../../wire/values.ts'
import { boundedContent } from './bounded-content.ts'
import { CapturedBody } from './captured-body.ts'
import { type Message, messageOf, messageOfItem, partsOf, text } from './message-parts.ts'
import { outputMessages, outputMessagesOfStream } from './output-messages.ts'

/**
 * The content of one call to an engine: prompts, outputs and tool arguments, for its span. Keeps at most 1 MB of the request
 * and of the response. Exists only for a span that records while the content of spans is wanted.
 */
export class LlmContent {
  readonly #request = new CapturedBody()
  readonly #response = new CapturedBody()

  /** Called with each part of the body of the request. */
  requestChunk(chunk: Uint8Array | string): void {
    this.#request.append(chunk)
  }

  /** Called with each part of the body of the response, without its content coding. */
  responseChunk(chunk: Uint8Array): void {
    this.#response.append(chunk)
  }

  /**
   * Returns the attributes of the content, as JSON in the schema of the semantic conventions. A body that is not complete JSON
   * is given as it is.
   * @param isStream whether the response is an event stream
   */
  attributes(isStream: boolean): Attributes {
    return { ...this.#input(), ...this.#output(isStream) }
  }

  #input(): Attributes {
    const raw = this.#request.text()
    const body = parsed(raw)
    if (body === undefined) return raw === '' ? {} : { 'gen_ai.input.messages': boundedContent(raw) }
    const instructions = partsOf(member(body, 'instructions') ?? member(body, 'system'))
    return {
      ...attribute('gen_ai.system_instructions', instructions),
      ...attribute('gen_ai.input.messages', inputMessages(body)),
      ...attribute('gen_ai.tool.definitions', elementsOf(member(body, 'tools'))),
    }
  }

  #output(isStream: boolean): Attributes {
    const raw = this.#response.text()
    if (isStream) return attribute('gen_ai.output.messages', outputMessagesOfStream(raw))
    const body = parsed(raw)
    if (body !== undefined) return attribute('gen_ai.output.messages', outputMessages(body))
    return raw === '' ? {} : { 'gen_ai.output.messages': boundedContent(raw) }
  }
}

function inputMessages(body: unknown): readonly Message[] {
  const input = member(body, 'messages') ?? member(body, 'input') ?? member(body, 'prompt')
  if (typeof input === 'string') return [{ role: 'user', parts: partsOf(input) }]
  return elementsOf(input).map((item) => {
    if (typeof item === 'string') return { role: 'user', parts: partsOf(item) }
    return text(member(item, 'type')) === undefined ? messageOf(item) : messageOfItem(item)
  })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function attribute(name: string, values: readonly unknown[]): Attributes {
  if (values.length === 0) return {}
  try {
    return { [name]: boundedContent(JSON.stringify(values)) }
  } catch {
    return {} // nested too deeply for the stack, which JSON.parse does not need
  }
}

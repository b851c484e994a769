import { member, parseJson } from '../wire/excerpt.ts'
import { decodeBytes } from '../wire/utf8.ts'
import { elementsOf, textOf } from '../wire/values.ts'
import { isJsonType, mediaType } from './media-type.ts'
import type { CallResponse, ObservedCall } from './observed-call.ts'
import type { BodyDecoder } from './stream-observation.ts'

/** Maximum length of a list of models that is read, in bytes. A longer list is ignored. */
export const MAX_LIST = 262_144

/** Takes the names of models that an engine lists. */
export interface ModelNames {
  listed(model: string): void
}

/** Reads the models in the response to `GET /v1/models` of OpenAI, vLLM or Anthropic. */
export class ModelListObservation implements ObservedCall {
  readonly #models: ModelNames
  #decoder: BodyDecoder | undefined
  #body = ''

  constructor(models: ModelNames) {
    this.#models = models
  }

  setContext(): void {}
  requestChunk(): void {}
  requestSent(): void {}

  responseStarted({ status, contentType, decoder }: CallResponse): void {
    if (status === 200 && isJsonType(mediaType(contentType))) this.#decoder = decoder
    else decoder?.close()
  }

  responseChunk(chunk: Uint8Array): void {
    if (this.#decoder === undefined) return
    const isDecoded = this.#decoder.decode(chunk, (text) => {
      if (this.#body.length <= MAX_LIST) this.#body += text
    })
    if (!isDecoded || this.#body.length > MAX_LIST) this.#stop()
  }

  completed(): void {
    const data = member(parseJson(decodeBytes(this.#body)), 'data')
    this.#stop()
    for (const item of elementsOf(data)) {
      const model = textOf(member(item, 'id'))
      if (model !== undefined) this.#models.listed(model)
    }
  }

  failed(): void {
    this.#stop()
  }

  #stop(): void {
    this.#decoder?.close()
    this.#decoder = undefined
    this.#body = ''
  }
}

import type { ApiIdentified, Fact, FactSink } from '../wire/facts.ts'
import { JsonBody } from '../wire/json-body.ts'
import { isJsonType, mediaType } from './media-type.ts'

/** Reads facts from the body of a request, if it is JSON. Other bodies are not read. */
export class LlmRequestBody implements FactSink {
  readonly wants: ReadonlySet<Fact['type']>
  readonly #onFact: (fact: Fact) => void
  #json: JsonBody | undefined
  /** The API that the body fits; `undefined` as for {@link LlmRequestBody.model}. */
  api: ApiIdentified | undefined
  /** The requested model; `undefined` if the request is none of an LLM API, or its body is not complete. */
  model: string | undefined

  /**
   * @param contentType of the request
   * @param isApi whether the path is that of an API: the body is then also read without a content type
   * @param wants the facts to extract
   */
  constructor(
    contentType: string | undefined,
    isApi: boolean,
    wants: ReadonlySet<Fact['type']>,
    onFact: (fact: Fact) => void,
  ) {
    this.wants = wants
    this.#onFact = onFact
    const type = mediaType(contentType)
    if (isJsonType(type) || (isApi && type === '')) this.#json = new JsonBody('request', this)
  }

  /** Takes the next part of the body; text is taken as UTF-8. */
  append(chunk: Uint8Array | string): void {
    this.#json?.append(chunk)
  }

  /** Called when the whole body has been sent. Reports its facts, once. */
  end(): void {
    const json = this.#json
    this.#json = undefined
    json?.end()
  }

  onFact(fact: Fact): void {
    if (fact.type === 'api_identified') this.api = fact
    if (fact.type === 'model_requested') this.model = fact.model
    this.#onFact(fact)
  }
}

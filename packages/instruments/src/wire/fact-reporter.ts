import type { ExcerptReader } from './excerpt.ts'
import type { Fact, FactSink } from './facts.ts'
import { textOf } from './values.ts'

const DESCRIPTION: readonly Fact['type'][] = [
  'response_identified',
  'model_served',
  'token_usage',
  'generation_finished',
  'error_reported',
]

/** Returns whether facts are wanted that describe a whole response, not only its tool calls and its end. */
export function wantsDescription({ wants }: FactSink): boolean {
  return DESCRIPTION.some((type) => wants.has(type))
}

/** Reports to a sink the facts that it wants. */
export class FactReporter {
  readonly #sink: FactSink
  #model: string | undefined
  #hasResponseId = false

  constructor(sink: FactSink) {
    this.#sink = sink
  }

  wants(type: Fact['type']): boolean {
    return this.#sink.wants.has(type)
  }

  /** As {@link wantsDescription}, of the sink. */
  get wantsDescription(): boolean {
    return wantsDescription(this.#sink)
  }

  /** Reports a fact if there is one and it is wanted. */
  report(fact: Fact | undefined): void {
    if (fact !== undefined && this.wants(fact.type)) this.#sink.onFact(fact)
  }

  /** Reports the model that serves a response, when it is not the one reported last. */
  reportModelServed(value: unknown): void {
    const model = textOf(value)
    if (model === undefined || model === this.#model) return
    this.#model = model
    this.report({ type: 'model_served', model })
  }

  reportModelRequested(value: unknown): void {
    const model = textOf(value)
    if (model !== undefined) this.report({ type: 'model_requested', model })
  }

  /** Reports what the requests of all APIs have: the model, and whether a stream is wanted. */
  reportRequest(body: ExcerptReader): void {
    this.reportModelRequested(body.get('model'))
    if (this.wants('stream_requested') && body.get('stream') === true)
      this.report({ type: 'stream_requested' })
  }

  /** Reports the id of the response, the first time. */
  reportResponseId(value: unknown): void {
    const responseId = this.#hasResponseId ? undefined : textOf(value)
    if (responseId === undefined) return
    this.#hasResponseId = true
    this.report({ type: 'response_identified', responseId })
  }

  reportFinished(value: unknown, choice = 0): void {
    const reason = textOf(value)
    if (reason !== undefined) this.report({ type: 'generation_finished', reason, choice })
  }
}

import type { ApiIdentified, ErrorReported, Fact, FactSink, StreamResult, TokenUsage } from '../wire/facts.ts'

/** Number of different finish reasons and tool calls that a call keeps; a server chooses them. */
const MAX_REASONS = 8

/** Collects the facts in the response of one call. */
export class LlmCallResult implements FactSink {
  readonly wants: ReadonlySet<Fact['type']>
  readonly #onFact: (fact: Fact) => void
  /** The API that the response identified. */
  api: ApiIdentified | undefined
  responseModel: string | undefined
  responseId: string | undefined
  usage: TokenUsage | undefined
  toolCalls = 0
  /** Whether the format of the stream has an end event. */
  isEndExpected = false
  streamResult: StreamResult | undefined
  error: ErrorReported | undefined
  readonly finishReasons: string[] = []

  /**
   * @param wants the facts to collect
   * @param onFact called with each fact after it was collected
   */
  constructor(wants: ReadonlySet<Fact['type']>, onFact: (fact: Fact) => void) {
    this.wants = wants
    this.#onFact = onFact
  }

  onFact(fact: Fact): void {
    this.#collect(fact)
    this.#onFact(fact)
  }

  #collect(fact: Fact): void {
    switch (fact.type) {
      case 'api_identified':
        this.api = fact
        break
      case 'model_served':
        this.responseModel = fact.model
        break
      case 'response_identified':
        this.responseId = fact.responseId
        break
      case 'token_usage':
        this.usage = fact
        break
      case 'tool_call_requested':
        this.toolCalls++
        break
      case 'end_expected':
        this.isEndExpected = true
        break
      case 'stream_ended':
        this.streamResult = fact.result
        break
      case 'error_reported':
        this.error = fact
        break
      case 'generation_finished':
        if (this.finishReasons.length < MAX_REASONS && !this.finishReasons.includes(fact.reason))
          this.finishReasons.push(fact.reason)
    }
  }
}

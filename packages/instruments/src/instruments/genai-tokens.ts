import type { Attributes, Context, Counter, Histogram } from '@opentelemetry/api'
import type { InstrumentFactory } from './definition.ts'
import { type GenAiConventions, LATEST_GENAI_DEFINITIONS, RELEASED_GENAI_DEFINITIONS } from './genai-names.ts'
import { add, record } from './genai-record.ts'
import type { LlmCallFacts } from './llm-call-facts.ts'

/** Records the token counts of calls that have ended. */
export interface TokenInstruments {
  /**
   * @param attributes those of the call, without `error.type`
   * @param context context of the call, for exemplars
   */
  record(facts: LlmCallFacts, attributes: Attributes, context: Context): void
}

/** Creates the token instruments of some conventions. */
export function createTokenInstruments(
  make: InstrumentFactory,
  conventions: GenAiConventions,
): TokenInstruments {
  return conventions === 'latest' ? new LatestTokens(make) : new ReleasedTokens(make)
}

/**
 * One histogram for input and output. Cached and reasoning tokens have counters of their own: as further values of
 * `gen_ai.token.type`, a sum over the types would count them twice.
 */
class ReleasedTokens implements TokenInstruments {
  readonly #tokens: Histogram
  readonly #cacheRead: Counter
  readonly #cacheWrite: Counter
  readonly #reasoning: Counter

  constructor(make: InstrumentFactory) {
    this.#tokens = make.histogram(RELEASED_GENAI_DEFINITIONS.tokens)
    this.#cacheRead = make.counter(RELEASED_GENAI_DEFINITIONS.cacheRead)
    this.#cacheWrite = make.counter(RELEASED_GENAI_DEFINITIONS.cacheWrite)
    this.#reasoning = make.counter(RELEASED_GENAI_DEFINITIONS.reasoning)
  }

  record({ usage }: LlmCallFacts, attributes: Attributes, context: Context): void {
    if (usage === undefined) return
    const ofType = (type: string): Attributes => ({ ...attributes, 'gen_ai.token.type': type })
    record(this.#tokens, usage.inputTokens, ofType('input'), context)
    record(this.#tokens, usage.outputTokens, ofType('output'), context)
    add(this.#cacheRead, usage.cachedInputTokens, attributes, context)
    add(this.#cacheWrite, usage.cacheWriteInputTokens, attributes, context)
    add(this.#reasoning, usage.reasoningTokens, attributes, context)
  }
}

/**
 * Counters for all calls, and histograms for successful ones. A call without token counts adds 0 to the counters of input
 * and output, as the conventions require for failed calls.
 */
class LatestTokens implements TokenInstruments {
  readonly #input: Counter
  readonly #output: Counter
  readonly #cacheRead: Counter
  readonly #cacheWrite: Counter
  readonly #reasoning: Counter
  readonly #inputOfCall: Histogram
  readonly #outputOfCall: Histogram
  readonly #embeddingsInput: Histogram

  constructor(make: InstrumentFactory) {
    this.#input = make.counter(LATEST_GENAI_DEFINITIONS.input)
    this.#output = make.counter(LATEST_GENAI_DEFINITIONS.output)
    this.#cacheRead = make.counter(LATEST_GENAI_DEFINITIONS.cacheRead)
    this.#cacheWrite = make.counter(LATEST_GENAI_DEFINITIONS.cacheWrite)
    this.#reasoning = make.counter(LATEST_GENAI_DEFINITIONS.reasoning)
    this.#inputOfCall = make.histogram(LATEST_GENAI_DEFINITIONS.inputOfCall)
    this.#outputOfCall = make.histogram(LATEST_GENAI_DEFINITIONS.outputOfCall)
    this.#embeddingsInput = make.histogram(LATEST_GENAI_DEFINITIONS.embeddingsInput)
  }

  record({ usage, errorType, operation }: LlmCallFacts, attributes: Attributes, context: Context): void {
    const isSuccessful = errorType === undefined
    if (operation === 'embeddings') {
      if (isSuccessful) record(this.#embeddingsInput, usage?.inputTokens, attributes, context)
      return
    }
    const counted = { ...attributes, 'gen_ai.token.modality': 'unknown' }
    add(this.#input, usage?.inputTokens ?? 0, counted, context)
    add(this.#output, usage?.outputTokens ?? 0, counted, context)
    add(this.#cacheRead, usage?.cachedInputTokens, counted, context)
    add(this.#cacheWrite, usage?.cacheWriteInputTokens, counted, context)
    add(this.#reasoning, usage?.reasoningTokens, counted, context)
    if (!isSuccessful) return
    record(this.#inputOfCall, usage?.inputTokens, attributes, context)
    record(this.#outputOfCall, usage?.outputTokens, attributes, context)
  }
}

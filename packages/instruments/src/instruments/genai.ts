import type { Attributes, Context, Counter, Histogram } from '@opentelemetry/api'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { CALL_ERROR_TYPE } from '../cardinality/call-error-type.ts'
import { TOOL_NAME } from '../cardinality/gen-ai.ts'
import type { ModelLabels } from '../cardinality/model.ts'
import { SERVER_ADDRESS, ServerLabels } from '../cardinality/server.ts'
import type { InstrumentFactory } from './definition.ts'
import {
  type GenAiConventions,
  type GenAiQuantity,
  LATEST_GENAI_DEFINITIONS,
  RELEASED_GENAI_DEFINITIONS,
} from './genai-names.ts'
import { add, record } from './genai-record.ts'
import { createTokenInstruments, type TokenInstruments } from './genai-tokens.ts'
import { internalErrors } from './internal-errors.ts'
import type { LlmCallFacts, LlmCallIdentity } from './llm-call-facts.ts'
import type { LabelOverflow } from './self.ts'
import { type RecordSeries, recordSeries } from './series.ts'

/** Dependencies of {@link GenAiInstruments}. */
export interface GenAiParts {
  readonly conventions: GenAiConventions
  readonly models: ModelLabels
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
}

/**
 * Records calls to engines and executed tools by the semantic conventions for generative AI. Bounds all attributes except the
 * operation and the provider. No method throws.
 */
export class GenAiInstruments {
  readonly #models: ModelLabels
  readonly #now: () => number
  readonly #servers = new ServerLabels()
  readonly #errors = new BoundedValues(CALL_ERROR_TYPE)
  readonly #toolErrors = new BoundedValues(CALL_ERROR_TYPE)
  readonly #toolNames = new BoundedValues(TOOL_NAME)
  readonly #replaced = new Set<GenAiQuantity>()
  readonly #duration: Histogram
  readonly #embeddingsDuration: Histogram
  readonly #timeToFirstChunk: Histogram
  readonly #timePerOutputChunk: Histogram
  readonly #tokens: TokenInstruments
  readonly #streamsWithoutUsage: Counter
  readonly #toolDuration: Histogram

  constructor(make: InstrumentFactory, { conventions, models, now }: GenAiParts) {
    this.#models = models
    this.#now = now
    const isLatest = conventions === 'latest'
    const definitions = isLatest ? LATEST_GENAI_DEFINITIONS : RELEASED_GENAI_DEFINITIONS
    this.#duration = make.histogram(definitions.duration)
    this.#embeddingsDuration = isLatest
      ? make.histogram(LATEST_GENAI_DEFINITIONS.embeddingsDuration)
      : this.#duration
    this.#timeToFirstChunk = make.histogram(definitions.timeToFirstChunk)
    this.#timePerOutputChunk = make.histogram(definitions.timePerOutputChunk)
    this.#tokens = createTokenInstruments(make, conventions)
    this.#streamsWithoutUsage = make.counter(definitions.streamsWithoutUsage)
    this.#toolDuration = make.histogram(definitions.toolDuration)
  }

  /** Number of values that were replaced, by label. */
  get overflows(): readonly LabelOverflow[] {
    return [
      { label: SERVER_ADDRESS.name, count: this.#servers.overflowCount },
      { label: CALL_ERROR_TYPE.name, count: this.#errors.overflowCount + this.#toolErrors.overflowCount },
      { label: TOOL_NAME.name, count: this.#toolNames.overflowCount },
    ]
  }

  /** Stops recording a quantity that another instrumentation records. */
  replaceBy(quantity: GenAiQuantity): void {
    this.#replaced.add(quantity)
  }

  /**
   * Returns the series of the time per output chunk of one call, in seconds since the chunk before. Called once a call, when
   * its second chunk has arrived, so that a chunk costs one record.
   * @returns `undefined` if the time is not recorded
   */
  outputChunks(call: LlmCallIdentity): RecordSeries | undefined {
    if (this.#replaced.has('output_chunk')) return undefined
    try {
      return recordSeries(this.#timePerOutputChunk, this.#attributes(call, true))
    } catch (error) {
      internalErrors.report('genai_record', error)
      return undefined
    }
  }

  /**
   * Called once for each call to an engine, when it has ended.
   * @param context context of the call, for exemplars
   */
  callEnded(facts: LlmCallFacts, context: Context): void {
    try {
      this.#recordCall(facts, context)
    } catch (error) {
      internalErrors.report('genai_record', error)
    }
  }

  #recordCall(facts: LlmCallFacts, context: Context): void {
    const { status, operation, errorType, isStream, secondsToFirstChunk } = facts
    const isAnswered = status !== undefined && status < 400
    const attributes = this.#attributes(facts, isAnswered)
    if (!this.#replaced.has('duration')) {
      const duration = operation === 'embeddings' ? this.#embeddingsDuration : this.#duration
      record(duration, facts.seconds, this.#withError(attributes, errorType, this.#errors), context)
    }
    if (isStream && !this.#replaced.has('first_chunk'))
      record(this.#timeToFirstChunk, secondsToFirstChunk, attributes, context)
    if (!this.#replaced.has('tokens')) this.#tokens.record(facts, attributes, context)
    if (isStream && isAnswered && facts.usage === undefined)
      add(this.#streamsWithoutUsage, 1, attributes, context)
  }

  /**
   * Called when the gateway has executed a tool call.
   * @param toolName `undefined` if it is not known
   * @param errorType `error.type`; `undefined` if the call succeeded
   * @param context context of the tool call, for exemplars
   */
  toolExecuted(
    toolName: string | undefined,
    seconds: number,
    errorType: string | undefined,
    context: Context,
  ): void {
    if (this.#replaced.has('tool')) return
    try {
      const attributes: Attributes =
        toolName === undefined ? {} : { 'gen_ai.tool.name': this.#toolNames.label(toolName, this.#now()) }
      this.#toolDuration.record(seconds, this.#withError(attributes, errorType, this.#toolErrors), context)
    } catch (error) {
      internalErrors.report('genai_record', error)
    }
  }

  /** @param isAnswered whether the response confirms its model; the response of an error may repeat the word of the client */
  #attributes(call: LlmCallIdentity, isAnswered: boolean): Attributes {
    const now = this.#now()
    const { operation, provider, requestModel } = call
    const served = isAnswered ? call.responseModel : undefined
    const server = this.#servers.label(call.serverAddress, call.serverPort, now)
    const attributes: Attributes = {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': provider,
      'server.address': server.address,
    }
    if (server.port !== undefined) attributes['server.port'] = server.port
    if (served !== undefined) attributes['gen_ai.response.model'] = this.#models.served(served, now)
    if (requestModel !== undefined)
      attributes['gen_ai.request.model'] = this.#models.requested(requestModel, served, now)
    return attributes
  }

  #withError(attributes: Attributes, errorType: string | undefined, bounds: BoundedValues): Attributes {
    if (errorType === undefined) return attributes
    return { ...attributes, 'error.type': bounds.label(errorType, this.#now()) }
  }
}

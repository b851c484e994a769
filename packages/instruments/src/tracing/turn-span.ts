import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { StreamOutcome } from '../cardinality/outcome.ts'

/** What the span of a turn describes when the turn has ended. Values are `undefined` if no message had them. */
export interface TurnSpanFacts {
  /** `gen_ai.operation.name`: `chat` of the Responses API, `generate_content` of the Realtime API. */
  readonly operation: 'chat' | 'generate_content'
  /** Outcome of the turn. It determines the status of the span. */
  readonly outcome: StreamOutcome
  /** Code or class of the error that the server sent for the turn. */
  readonly error: string | undefined
  /** `gen_ai.request.model`: the model that the client requested. */
  readonly requestModel: string | undefined
  /** `gen_ai.response.model`: the model that answered. */
  readonly responseModel: string | undefined
  /** `gen_ai.response.id`. */
  readonly responseId: string | undefined
  /** The only value of `gen_ai.response.finish_reasons`. */
  readonly finishReason: string | undefined
  /** `gen_ai.usage.input_tokens`. */
  readonly inputTokens: number | undefined
  /** `gen_ai.usage.output_tokens`. */
  readonly outputTokens: number | undefined
  /** Input tokens read from a cache. */
  readonly cachedInputTokens: number | undefined
  /** Tool calls that the model requested. */
  readonly toolCalls: number
  /** Time from the start of the turn to its first event. */
  readonly secondsToFirstEvent: number | undefined
}

/**
 * Sets name, attributes and status of the span of a turn by the semantic conventions for generative AI: `{operation} {model}`,
 * `gen_ai.*` and `error.type`.
 */
export function describeTurnSpan(span: Span, facts: TurnSpanFacts): void {
  const { operation, outcome, requestModel, responseModel } = facts
  const model = requestModel ?? responseModel
  span.updateName(model === undefined ? operation : boundedText(`${operation} ${model}`))
  span.setAttributes(turnAttributes(facts))
  if (outcome === 'completed') return
  span.setAttribute('error.type', facts.error ?? outcome)
  if (outcome !== 'client_abort') span.setStatus({ code: SpanStatusCode.ERROR })
}

function turnAttributes(facts: TurnSpanFacts): Attributes {
  const { finishReason } = facts
  const attributes: Attributes = {
    'gen_ai.operation.name': facts.operation,
    'gen_ai.request.model': facts.requestModel,
    'gen_ai.response.model': facts.responseModel,
    'gen_ai.response.id': facts.responseId,
    'gen_ai.response.finish_reasons': finishReason === undefined ? undefined : [finishReason],
    'gen_ai.usage.input_tokens': facts.inputTokens,
    'gen_ai.usage.output_tokens': facts.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': facts.cachedInputTokens,
    'vr_otel.turn.outcome': facts.outcome,
    'vr_otel.turn.time_to_first_event': facts.secondsToFirstEvent,
    'vr_otel.turn.tool_calls': facts.toolCalls,
  }
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

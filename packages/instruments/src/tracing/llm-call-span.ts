import { type Attributes, type Context, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'

/**
 * Describes a call to an engine on its client span by the semantic conventions for generative AI: the name
 * `{operation} {model}`, `gen_ai.*`, and the error of a response whose status is no error. Contains no prompt and no output.
 */
export function describeLlmCallSpan(span: Span, facts: LlmCallFacts): void {
  const { operation, requestModel, responseModel, errorType } = facts
  const model = requestModel ?? responseModel
  span.updateName(model === undefined ? operation : boundedText(`${operation} ${model}`))
  span.setAttributes(attributesOf(facts))
  if (errorType === undefined) return
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Values of `openai.api.type`; other APIs have no value. */
const OPENAI_APIS: ReadonlySet<string | undefined> = new Set(['responses', 'chat_completions'])

function attributesOf(facts: LlmCallFacts): Attributes {
  const { api, usage, finishReasons } = facts
  const attributes: Attributes = {
    'gen_ai.operation.name': facts.operation,
    'gen_ai.provider.name': facts.provider,
    'gen_ai.request.model': facts.requestModel,
    'gen_ai.request.stream': facts.isStream || undefined,
    'gen_ai.response.model': facts.responseModel,
    'gen_ai.response.id': facts.responseId,
    'gen_ai.response.finish_reasons': finishReasons.length === 0 ? undefined : [...finishReasons],
    'gen_ai.response.time_to_first_chunk': facts.isStream ? facts.secondsToFirstChunk : undefined,
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
    'gen_ai.usage.cache_write.input_tokens': usage?.cacheWriteInputTokens,
    'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
    'openai.api.type': OPENAI_APIS.has(api) ? api : undefined,
  }
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

/** Operations of a span that describes a call to an engine, also an agent's. */
const CALL_OPERATIONS: ReadonlySet<unknown> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
])

/**
 * Returns whether another instrumentation describes the call to an engine that is made in a context: its span is active and
 * has the `gen_ai.operation.name` of such a call. The spans of this package have it only when they end. Not known if the
 * span does not record.
 */
export function isDescribedByActiveSpan(context: Context): boolean {
  const span = trace.getSpan(context) as { readonly attributes?: Attributes } | undefined // not part of the API
  return CALL_OPERATIONS.has(span?.attributes?.['gen_ai.operation.name'])
}

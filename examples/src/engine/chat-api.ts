/**
 * `POST /v1/chat/completions` in the format of vLLM. A stream has `data:` lines and ends with `[DONE]`. If requested,
 * the last chunk has the usage and no choices. An error during generation is an `{"error":…}` chunk, followed by
 * `[DONE]`.
 */
import { randomUUID } from 'node:crypto'
import { type Plan, planAnswer } from './plan.ts'

/** The fields of a request that the engine reads. */
export interface ChatRequest {
  readonly model?: string
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[]
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

/** Plans the answer from a request's prompt, tool output and tools. */
export function planChat(request: ChatRequest, tokenDelayMs: number): Plan {
  const messages = request.messages ?? []
  const last = messages.at(-1)
  const prompt = messages.findLast((message) => message.role === 'user')?.content
  const output = last?.role === 'tool' ? String(last.content) : undefined
  const tools = (request.tools ?? []).flatMap((tool) => tool.function?.name ?? [])
  return planAnswer(String(prompt ?? ''), output, tools, tokenDelayMs)
}

/** Returns the answer as one JSON object. */
export function chatCompletion(request: ChatRequest, plan: Plan): object {
  const content = plan.toolCall === undefined ? plan.words.join('') : null
  const message = { role: 'assistant', content, ...toolCallsOf(plan) }
  const choice = { index: 0, message, logprobs: null, finish_reason: finishReasonOf(plan) }
  return { ...envelope(request, 'chat.completion'), choices: [choice], usage: usageOf(plan) }
}

/**
 * Yields the chunks of a stream, without `[DONE]`. Failures of type `event` and `cut` stop it after half of the text.
 */
export function* chatChunks(request: ChatRequest, plan: Plan): Generator<object> {
  const head = envelope(request, 'chat.completion.chunk')
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
  yield chunk({ role: 'assistant', content: '' })
  if (plan.toolCall === undefined) {
    const count = plan.failure === 'none' ? plan.words.length : Math.ceil(plan.words.length / 2)
    for (const content of plan.words.slice(0, count)) yield chunk({ content })
  } else {
    yield chunk(toolCallsOf(plan))
  }
  if (plan.failure === 'event') {
    yield { error: { message: 'the engine failed', type: 'server_error', code: 500 } }
  }
  if (plan.failure !== 'none') return
  yield chunk({}, finishReasonOf(plan))
  if (request.stream_options?.include_usage) yield { ...head, choices: [], usage: usageOf(plan) }
}

function envelope(request: ChatRequest, object: string): object {
  const id = `chatcmpl-${randomUUID()}`
  return { id, object, created: Math.floor(Date.now() / 1000), model: request.model ?? 'demo-model' }
}

function toolCallsOf(plan: Plan): object {
  if (plan.toolCall === undefined) return {}
  const id = `call_${randomUUID().replaceAll('-', '')}`
  return { tool_calls: [{ index: 0, id, type: 'function', function: plan.toolCall }] }
}

function finishReasonOf(plan: Plan): string {
  return plan.toolCall === undefined ? 'stop' : 'tool_calls'
}

function usageOf(plan: Plan): object {
  const completion = plan.toolCall === undefined ? plan.words.length : 1
  return {
    prompt_tokens: plan.promptTokens,
    completion_tokens: completion,
    total_tokens: plan.promptTokens + completion,
  }
}

/**
 * `POST /v1/responses` in the format of vLLM. A stream has `event:` and `data:` lines and ends with
 * `response.completed`, which contains the usage. There is no `[DONE]`. After an error during generation, the stream
 * ends with an `error` event.
 */
import { randomUUID } from 'node:crypto'
import { type Plan, planAnswer } from './plan.ts'

/** The fields of a request that the engine reads. */
export interface ResponsesRequest {
  readonly model?: string
  readonly input?: string | readonly InputItem[]
  readonly tools?: readonly { readonly type: string; readonly name?: string }[]
  readonly stream?: boolean
}

interface InputItem {
  readonly type?: string
  readonly role?: string
  readonly content?: string | readonly { readonly text?: string }[]
  readonly output?: unknown
}

/** An event of the stream. Its `type` is also the name of the SSE event. */
export interface ResponsesEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** Plans the answer from a request's prompt, tool output and tools. */
export function planResponse(request: ResponsesRequest, tokenDelayMs: number): Plan {
  const items = typeof request.input === 'string' ? [{ role: 'user', content: request.input }] : request.input
  const last = items?.at(-1)
  const output = last?.type === 'function_call_output' ? String(last.output) : undefined
  const tools = (request.tools ?? []).flatMap((tool) => tool.name ?? [])
  return planAnswer(promptOf(items ?? []), output, tools, tokenDelayMs)
}

/** Yields the events of an answer. Failures of type `event` and `cut` stop it after half of the text. */
export function* responsesEvents(request: ResponsesRequest, plan: Plan): Generator<ResponsesEvent> {
  const response = emptyResponse(request)
  let sequence = 0
  const numbered = (event: ResponsesEvent): ResponsesEvent => ({ ...event, sequence_number: sequence++ })
  yield numbered({ type: 'response.created', response })
  yield numbered({ type: 'response.in_progress', response })
  const item = plan.toolCall === undefined ? messageItem(plan) : functionCallItem(plan.toolCall)
  for (const event of plan.toolCall === undefined ? messageEvents(plan, item) : functionCallEvents(item)) {
    yield numbered(event)
  }
  if (plan.failure === 'event') {
    yield numbered({ type: 'error', code: 'server_error', message: 'the engine failed', param: null })
  }
  if (plan.failure !== 'none') return
  yield numbered({ type: 'response.completed', response: completed(response, item, plan) })
}

type Item = Readonly<Record<string, unknown>>

function* messageEvents(plan: Plan, item: Item): Generator<ResponsesEvent> {
  const position = { item_id: item['id'], output_index: 0, content_index: 0 }
  const added = { ...item, status: 'in_progress', content: [] }
  yield { type: 'response.output_item.added', output_index: 0, item: added }
  yield { type: 'response.content_part.added', ...position, part: outputText('') }
  const count = plan.failure === 'none' ? plan.words.length : Math.ceil(plan.words.length / 2)
  for (const delta of plan.words.slice(0, count)) {
    yield { type: 'response.output_text.delta', ...position, delta, logprobs: [] }
  }
  if (plan.failure !== 'none') return
  const text = plan.words.join('')
  yield { type: 'response.output_text.done', ...position, text, logprobs: [] }
  yield { type: 'response.content_part.done', ...position, part: outputText(text) }
  yield { type: 'response.output_item.done', output_index: 0, item }
}

function* functionCallEvents(item: Item): Generator<ResponsesEvent> {
  const position = { item_id: item['id'], output_index: 0 }
  const args = item['arguments']
  const added = { ...item, arguments: '', status: 'in_progress' }
  yield { type: 'response.output_item.added', output_index: 0, item: added }
  yield { type: 'response.function_call_arguments.delta', ...position, delta: args }
  yield { type: 'response.function_call_arguments.done', ...position, name: item['name'], arguments: args }
  yield { type: 'response.output_item.done', output_index: 0, item }
}

function promptOf(items: readonly InputItem[]): string {
  const content = items.findLast((item) => item.role === 'user')?.content ?? ''
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('')
}

function messageItem(plan: Plan): Item {
  const content = [outputText(plan.words.join(''))]
  return { id: newId('msg'), type: 'message', role: 'assistant', status: 'completed', content }
}

function functionCallItem(call: { name: string; arguments: string }): Item {
  return { id: newId('fc'), type: 'function_call', call_id: newId('call'), ...call, status: 'completed' }
}

function outputText(text: string): Item {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

function emptyResponse(request: ResponsesRequest): Item {
  return {
    id: newId('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    model: request.model ?? 'demo-model',
    output: [],
    tools: request.tools ?? [],
    usage: null,
  }
}

function completed(response: Item, item: Item, plan: Plan): Item {
  const output = plan.toolCall === undefined ? plan.words.length : 1
  const usage = {
    input_tokens: plan.promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: plan.promptTokens + output,
  }
  return { ...response, status: 'completed', output: [item], usage }
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`
}

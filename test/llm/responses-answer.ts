import { type AnswerFormat, fragmentsOf, namedEvent, type Part, wordsOf } from './answer.ts'
import type { Plan, PlannedCall } from './plan.ts'

/** The Responses API as OpenAI answers it. */
export const RESPONSES: AnswerFormat = {
  events: (plan, id) => eventsOf(plan, id, false),
  body: (plan, id) => responseOf(plan, id, 'completed'),
  errorEvents: () => [
    namedEvent(
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'server_error', message: 'the engine failed' } },
      } as { type: string },
      { end: 'failed' },
    ),
  ],
}

/** The Responses API as vLLM answers it: reasoning events of its own, `type` after the data, and no `response.failed`. */
export const VLLM_RESPONSES: AnswerFormat = {
  events: (plan, id) => eventsOf(plan, id, true),
  body: RESPONSES.body,
  errorEvents: () => [
    namedEvent({ code: 'server_error', message: 'the engine failed', type: 'error' } as { type: string }, {
      end: 'failed',
    }),
  ],
}

function eventsOf(plan: Plan, id: string, isVllm: boolean): Part[] {
  const parts: Part[] = []
  const add = (event: { type: string; [name: string]: unknown }, facts: Omit<Part, 'text'> = {}): void => {
    const { type, ...rest } = event
    const numbered = { ...rest, sequence_number: parts.length }
    parts.push(namedEvent(isVllm ? { ...numbered, type } : { type, ...numbered }, facts))
  }
  const response = responseOf(plan, id, 'in_progress')
  add({ type: 'response.created', response })
  add({ type: 'response.in_progress', response })
  if (isVllm)
    add({
      type: 'response.reasoning_part.added',
      output_index: 0,
      part: { type: 'reasoning_text', text: '' },
    })
  for (const [index, call] of plan.toolCalls.entries()) {
    const item = itemOf(call, `${id}-${index}`)
    add({ type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress' } })
    if (call.kind === 'function') {
      for (const delta of fragmentsOf(call))
        add({ type: 'response.function_call_arguments.delta', output_index: index, item_id: item.id, delta })
    }
    add({ type: 'response.output_item.done', output_index: index, item }, { toolCalls: [call] })
  }
  for (const delta of wordsOf(plan))
    add({ type: 'response.output_text.delta', output_index: plan.toolCalls.length, content_index: 0, delta })
  add(
    { type: 'response.completed', response: responseOf(plan, id, 'completed') },
    { usage: plan.usage, end: 'completed' },
  )
  return parts
}

function responseOf(plan: Plan, id: string, status: string): object {
  const isCompleted = status === 'completed'
  const { input, output, cached, reasoning } = plan.usage
  return {
    id: `resp_${id}`,
    object: 'response',
    model: plan.model,
    status,
    output: isCompleted ? plan.toolCalls.map((call, index) => itemOf(call, `${id}-${index}`)) : [],
    usage: isCompleted
      ? {
          input_tokens: input,
          input_tokens_details: { cached_tokens: cached },
          output_tokens: output,
          output_tokens_details: { reasoning_tokens: reasoning },
          total_tokens: input + output,
        }
      : null,
  }
}

/** Calls of other types than `function` were executed by the engine. */
function itemOf(call: PlannedCall, id: string) {
  const item = { type: `${call.kind}_call`, id: `item_${id}`, status: 'completed' }
  if (call.kind === 'function')
    return { ...item, call_id: `call_${id}`, name: call.name, arguments: fragmentsOf(call).join('') }
  return call.kind === 'mcp' ? { ...item, name: call.name, server_label: 'remote', error: null } : item
}

import { type AnswerFormat, fragmentsOf, namedEvent, type Part, wordsOf } from './answer.ts'
import type { Plan, PlannedUsage } from './plan.ts'

/** The Messages API of Anthropic. It counts cached tokens apart from `input_tokens`, and no reasoning tokens. */
export const MESSAGES: AnswerFormat = {
  events(plan, id) {
    const parts: Part[] = []
    const add = (event: { type: string; [name: string]: unknown }, facts: Omit<Part, 'text'> = {}): void =>
      void parts.push(namedEvent(event, facts))
    const started = withoutReasoning({ ...plan.usage, output: 1 })
    add(
      { type: 'message_start', message: { ...messageOf(plan, id, []), usage: usageOf(started) } },
      { usage: started },
    )
    for (const [index, call] of plan.toolCalls.entries()) {
      const block = { type: 'tool_use', id: `toolu_${id}-${index}`, name: call.name, input: {} }
      add({ type: 'content_block_start', index, content_block: block }, { toolCalls: [call] })
      for (const text of fragmentsOf(call))
        add({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: text } })
      add({ type: 'content_block_stop', index })
    }
    for (const text of wordsOf(plan))
      add({ type: 'content_block_delta', index: plan.toolCalls.length, delta: { type: 'text_delta', text } })
    const { output } = plan.usage
    add(
      { type: 'message_delta', delta: { stop_reason: stopReason(plan) }, usage: { output_tokens: output } },
      { usage: withoutReasoning(plan.usage) },
    )
    add({ type: 'message_stop' }, { end: 'completed' })
    return parts
  },
  body: (plan, id) => ({
    ...messageOf(
      plan,
      id,
      plan.toolCalls.map(({ name }, index) => ({
        type: 'tool_use',
        id: `toolu_${id}-${index}`,
        name,
        input: {},
      })),
    ),
    stop_reason: stopReason(plan),
    usage: usageOf(plan.usage),
  }),
  usage: withoutReasoning,
  errorEvents: () => [
    namedEvent(
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as { type: string },
      {
        end: 'failed',
      },
    ),
  ],
}

function withoutReasoning(usage: PlannedUsage): PlannedUsage {
  return { ...usage, reasoning: 0 }
}

function messageOf(plan: Plan, id: string, content: readonly object[]): object {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: plan.model,
    content,
    stop_reason: null,
  }
}

function stopReason({ toolCalls }: Plan): string {
  return toolCalls.length > 0 ? 'tool_use' : 'end_turn'
}

function usageOf({ input, output, cached }: PlannedUsage): object {
  return { input_tokens: input - cached, cache_read_input_tokens: cached, output_tokens: output }
}

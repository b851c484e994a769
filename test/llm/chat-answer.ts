import { type AnswerFormat, dataEvent, fragmentsOf, type Part, wordsOf } from './answer.ts'
import type { Plan } from './plan.ts'

const DONE = 'data: [DONE]\n\n'

/** Chat completions. The calls of an answer are sent at once, as an engine with parallel tool calls does. */
export const CHAT: AnswerFormat = {
  events(plan, id) {
    const parts = [chunkOf(plan, id, { role: 'assistant', content: '' })]
    const calls = plan.toolCalls.map((call, index) => ({
      call,
      first: {
        index,
        id: `call_${id}-${index}`,
        type: 'function',
        function: { name: call.name, arguments: '' },
      },
      rest: fragmentsOf(call).map((text) => ({ index, function: { arguments: text } })),
    }))
    for (const { call, first } of calls)
      parts.push(chunkOf(plan, id, { tool_calls: [first] }, { toolCalls: [call] }))
    for (let n = 0; calls.some(({ rest }) => n < rest.length); n++) {
      const fragments = calls.flatMap(({ rest }) => rest[n] ?? [])
      parts.push(chunkOf(plan, id, { tool_calls: fragments }))
    }
    for (const content of wordsOf(plan)) parts.push(chunkOf(plan, id, { content }))
    return [...parts, ...endOf(plan, id, 'chat.completion.chunk', 'delta')]
  },
  body: (plan, id) => ({
    ...envelope(plan, id, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: wordsOf(plan).join(''),
          tool_calls: plan.toolCalls.map((call, index) => ({
            id: `call_${id}-${index}`,
            type: 'function',
            function: { name: call.name, arguments: fragmentsOf(call).join('') },
          })),
        },
        finish_reason: finishReason(plan),
      },
    ],
    usage: usageOf(plan),
  }),
  errorEvents,
}

/** The older completions. */
export const COMPLETIONS: AnswerFormat = {
  events: (plan, id) => [
    ...wordsOf(plan).map((text) =>
      dataEvent({
        ...envelope(plan, id, 'text_completion'),
        choices: [{ index: 0, text, finish_reason: null }],
      }),
    ),
    ...endOf(plan, id, 'text_completion', 'text'),
  ],
  body: (plan, id) => ({
    ...envelope(plan, id, 'text_completion'),
    choices: [{ index: 0, text: wordsOf(plan).join(''), finish_reason: 'stop' }],
    usage: usageOf(plan),
  }),
  errorEvents,
}

/** Embeddings report only tokens of the input. */
export const EMBEDDINGS: AnswerFormat = {
  events: () => [],
  body: (plan) => ({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
    model: plan.model,
    usage: { prompt_tokens: plan.usage.input, total_tokens: plan.usage.input },
  }),
  usage: ({ input }) => ({ input, output: 0, cached: 0, reasoning: 0 }),
  errorEvents: () => [],
}

function errorEvents(): Part[] {
  const error = { message: 'the engine failed', type: 'server_error', code: 500 }
  return [dataEvent({ error }, { end: 'failed' }), { text: DONE }]
}

function chunkOf(plan: Plan, id: string, delta: object, facts: Omit<Part, 'text'> = {}): Part {
  const choices = [{ index: 0, delta, finish_reason: null }]
  return dataEvent({ ...envelope(plan, id, 'chat.completion.chunk'), choices }, facts)
}

/** Returns the chunk with the finish reason, the usage if the client asked for it, and `[DONE]`. */
function endOf(plan: Plan, id: string, object: string, member: 'delta' | 'text'): Part[] {
  const choices = [{ index: 0, [member]: member === 'text' ? '' : {}, finish_reason: finishReason(plan) }]
  const usage = { ...envelope(plan, id, object), choices: [], usage: usageOf(plan) }
  return [
    dataEvent({ ...envelope(plan, id, object), choices }),
    ...(plan.includesUsage ? [dataEvent(usage, { usage: plan.usage })] : []),
    { text: DONE, end: 'completed' },
  ]
}

function envelope(plan: Plan, id: string, object: string): object {
  return { id: `chatcmpl-${id}`, object, created: 1, model: plan.model }
}

function finishReason({ toolCalls }: Plan): string {
  return toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

function usageOf({ usage: { input, output, cached, reasoning } }: Plan): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

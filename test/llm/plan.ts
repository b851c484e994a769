import fc from 'fast-check'

/** APIs of the engine. `vllm` is the Responses API in the variant of vLLM. */
export const APIS = ['responses', 'vllm', 'chat', 'messages', 'completions', 'embeddings'] as const
export type Api = (typeof APIS)[number]

/** How an exchange ends. The client leaves, or the connection of the engine dies, when the client has received what was sent. */
export type Ending = 'complete' | 'error event' | 'client leaves' | 'engine dies' | '400' | '429' | '500'

/** A tool call of the model. */
export interface PlannedCall {
  readonly kind: 'function' | 'web_search' | 'code_interpreter' | 'mcp' | 'file_search'
  readonly name: string
  /** Number of events in which the arguments are sent. */
  readonly fragments: number
}

/** Token counts that the engine reports. `cached` is a part of `input`, and `reasoning` of `output`. */
export interface PlannedUsage {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly reasoning: number
}

/** One request and its answer. */
export interface Plan {
  readonly api: Api
  readonly isStream: boolean
  readonly model: string
  readonly words: number
  readonly toolCalls: readonly PlannedCall[]
  readonly usage: PlannedUsage
  /** Whether the client asks for the usage of a stream of chat completions. */
  readonly includesUsage: boolean
  readonly ending: Ending
  /** Part of the answer that is sent before an ending other than `complete`, from 0 to 1. */
  readonly part: number
  readonly isCompressed: boolean
}

/** Models that the engine has. */
export const MODELS = ['small-1', 'large-1'] as const

const toolCall: fc.Arbitrary<PlannedCall> = fc.record({
  kind: fc.constantFrom('function', 'function', 'web_search', 'code_interpreter', 'mcp', 'file_search'),
  name: fc.constantFrom('get_weather', 'convert'),
  fragments: fc.integer({ min: 0, max: 4 }),
})

const usage: fc.Arbitrary<PlannedUsage> = fc
  .tuple(fc.nat(5000), fc.nat(5000), fc.nat(5000), fc.nat(5000))
  .map(([cached, rest, reasoning, text]) => ({
    input: cached + rest,
    output: reasoning + text,
    cached,
    reasoning,
  }))

/** Any plan that the engine can carry out. */
export const plan: fc.Arbitrary<Plan> = fc
  .record({
    api: fc.constantFrom(
      'responses',
      'responses',
      'vllm',
      'chat',
      'chat',
      'messages',
      'completions',
      'embeddings',
    ),
    isStream: fc.boolean(),
    model: fc.constantFrom(...MODELS),
    words: fc.integer({ min: 0, max: 12 }),
    toolCalls: fc.array(toolCall, { maxLength: 3 }),
    usage,
    includesUsage: fc.boolean(),
    ending: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Ending>('complete') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Ending>(
          'error event',
          'client leaves',
          'engine dies',
          '400',
          '429',
          '500',
        ),
      },
    ),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    isCompressed: fc.boolean(),
  })
  .map(possible)

/** Removes what an API does not have. Only complete answers are compressed, so that the length of all others is known. */
function possible(plan: Plan): Plan {
  const isStream = plan.isStream && plan.api !== 'embeddings'
  const hasTools = !['completions', 'embeddings'].includes(plan.api)
  const toolCalls = hasTools ? plan.toolCalls.map((call) => ({ ...call, kind: kindOf(call, plan.api) })) : []
  const ending = plan.ending === 'error event' && !isStream ? 'complete' : plan.ending
  return { ...plan, isStream, toolCalls, ending, isCompressed: plan.isCompressed && ending === 'complete' }
}

function kindOf(call: PlannedCall, api: Api): PlannedCall['kind'] {
  return api === 'responses' || api === 'vllm' ? call.kind : 'function'
}

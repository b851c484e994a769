import type { Fact } from '../wire/facts.ts'

/** The facts to extract from the bodies of a call to an LLM API. Shared by all calls. */
export interface LlmCallWants {
  readonly request: ReadonlySet<Fact['type']>
  readonly response: ReadonlySet<Fact['type']>
}

const REQUEST: readonly Fact['type'][] = ['api_identified', 'model_requested']

const RESPONSE: readonly Fact['type'][] = [
  'api_identified',
  'end_expected',
  'stream_ended',
  'error_reported',
  'model_served',
  'response_identified',
  'token_usage',
  'generation_finished',
  'tool_call_requested',
]

/** Returns the facts that describe a call, and further ones. */
export function llmCallWants(further: readonly Fact['type'][]): LlmCallWants {
  return { request: new Set([...REQUEST, ...further]), response: new Set([...RESPONSE, ...further]) }
}

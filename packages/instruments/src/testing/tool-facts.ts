import type { ToolCallRequested, ToolResultSent } from '../wire/facts.ts'

/** Returns the fact of a function call; `parts` replaces members of it. */
export function requested(
  callId: string | undefined,
  parts: Partial<ToolCallRequested> = {},
): ToolCallRequested {
  return {
    type: 'tool_call_requested',
    toolType: 'function_call',
    name: 'get_weather',
    serverLabel: undefined,
    callId,
    outputIndex: 0,
    failed: undefined,
    ...parts,
  }
}

/** Returns the fact of the result of a tool call. */
export function result(callId: string, failed?: true): ToolResultSent {
  return { type: 'tool_result_sent', callId, failed }
}

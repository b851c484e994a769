import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { recordToolExecution } from '../observation/record-tool-execution.ts'
import { currentExecution, currentRequest } from './current-request.ts'

/** A call of the tool of an MCP server. */
export interface McpToolCall {
  /**
   * Called once, when the call has ended.
   * @param errorType `error.type`, also if the result reports an error; `undefined` if the call succeeded
   * @param context context of the call, for exemplars
   */
  ended(seconds: number, errorType: string | undefined, context: Context): void
}

/**
 * Called when the running code starts `tools/call` at an MCP server. The call counts as executed with the type `mcp` when it
 * ends, unless it is a part of a call of `observeToolCall`, which counts it. If a model requested the call, its execution is not
 * inferred from its result too.
 */
export function startMcpToolCall(instruments: GatewayInstruments, name: string): McpToolCall {
  const outer = currentExecution()
  if (outer !== undefined) {
    outer.name ??= name
    return COUNTED_ELSEWHERE
  }
  const execution = { type: 'mcp', name, callId: undefined, startedAt: instruments.now() } as const
  currentRequest()?.tools.executionObserved(execution)
  return {
    ended(seconds, errorType, context) {
      const label = instruments.mcpTools.label(name)
      recordToolExecution(instruments, { type: 'mcp', name: label, seconds, errorType }, context)
    },
  }
}

const COUNTED_ELSEWHERE: McpToolCall = { ended() {} }

import { boundedText } from '../cardinality/bounded-text.ts'
import { toolTypeLabel } from '../cardinality/tool-type.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { recordToolExecution } from '../observation/record-tool-execution.ts'
import { trackCompletion } from '../observation/track-completion.ts'
import { startToolSpan } from '../tracing/tool-span.ts'
import { currentRequest, runInExecution } from './current-request.ts'

/**
 * Counts a tool call that a model requests, no matter who executes it. In a request, calls of this type are then counted only by
 * this function, not by what engine and gateway have sent.
 */
export function recordToolCallRequested(instruments: GatewayInstruments, toolType: string): void {
  const type = toolTypeLabel(toolType)
  instruments.tool.callsRequested(type, 1, instruments.activeContext())
  currentRequest()?.tools.requestedByCode(type)
}

/** Options of {@link observeToolCall}. */
export interface ToolCallOptions {
  /** Name of the tool, such as `get_weather`: a part of the span name, and the span attribute `gen_ai.tool.name`. */
  readonly name?: string
  /**
   * Id that the model gave the call. In a request, the call with this id is not counted again by what engine and gateway have sent.
   * Without an id, a call with the same name is not, or one of the same type.
   */
  readonly callId?: string
}

/**
 * Runs a tool call, counts it as executed and records its duration. Counts an error if `run` throws, rejects, or returns a
 * result that reports a failure: `isError: true` (MCP) or `status: 'failed'` (Responses API). Returns and throws what `run`
 * returns and throws; a promise is returned itself, not a copy. An MCP tool that `run` calls is not counted again.
 */
export function observeToolCall<Result>(
  instruments: GatewayInstruments,
  toolType: string,
  run: () => Result,
  options?: ToolCallOptions,
): Result {
  const type = toolTypeLabel(toolType)
  const span = startToolSpan(instruments.activeContext(), type, options?.name)
  const startedAt = instruments.now()
  const execution = { type, name: options?.name, callId: options?.callId, startedAt }
  currentRequest()?.tools.executionObserved(execution)
  return trackCompletion(
    () => runInExecution(execution, () => span.run(run)),
    (completion) => {
      const failed = completion.threw || reportsFailure(completion.result)
      const seconds = (instruments.now() - startedAt) / 1000
      const error = completion.threw ? errorName(completion.error) : 'tool_error'
      const errorType = failed ? error : undefined
      // An MCP tool that was called in `run` has set the name, if there is no other.
      const name = options?.name ?? (execution.name && instruments.mcpTools.label(execution.name))
      recordToolExecution(instruments, { type, name, seconds, errorType }, span.context)
      span.end(errorType)
    },
  )
}

function reportsFailure(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  const { isError, status } = result as { isError?: unknown; status?: unknown }
  return isError === true || status === 'failed'
}

function errorName(error: unknown): string {
  return error instanceof Error ? boundedText(String(error.name)) : '_OTHER'
}

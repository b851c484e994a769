import { boundedText } from '../cardinality/bounded-text.ts'
import { toolTypeLabel } from '../cardinality/tool-type.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { startToolSpan } from '../tracing/tool-span.ts'
import { trackCompletion } from './track-completion.ts'

/** Counts a tool call that a model requests, no matter who executes it. */
export function recordToolCallRequested(instruments: GatewayInstruments, toolType: string): void {
  instruments.tool.callsRequested(toolTypeLabel(toolType), 1, instruments.activeContext())
}

/** Options of {@link observeToolCall}. */
export interface ToolCallOptions {
  /** Name of the tool, such as `get_weather`: a part of the span name, and the span attribute `gen_ai.tool.name`. */
  readonly name?: string
}

/**
 * Runs a tool call, counts it as executed and records its duration. Counts an error if `run` throws, rejects, or returns a
 * result that reports a failure: `isError: true` (MCP) or `status: 'failed'` (Responses API). Returns and throws what `run`
 * returns and throws; a promise is returned itself, not a copy.
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
  return trackCompletion(
    () => span.run(run),
    (completion) => {
      const failed = completion.threw || reportsFailure(completion.result)
      instruments.tool.callExecuted(type, (instruments.now() - startedAt) / 1000, failed, span.context)
      span.end(failed ? (completion.threw ? errorName(completion.error) : 'tool_error') : undefined)
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

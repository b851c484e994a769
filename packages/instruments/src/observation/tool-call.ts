import { boundedText } from '../cardinality/bounded-text.ts'
import { toolTypeLabel } from '../cardinality/tool-type.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { startToolSpan } from '../tracing/tool-span.ts'
import { trackCompletion } from './track-completion.ts'

/** Counts a tool call that a model asks for, whoever will run it. */
export function recordToolCallRequested(instruments: GatewayInstruments, toolType: string): void {
  instruments.tool.callRequested(toolTypeLabel(toolType), instruments.activeContext())
}

/**
 * Runs a tool call and counts it: executed and its duration whatever the result, and an error if `run` throws,
 * rejects, or answers that it failed (`isError: true` as MCP says it, `status: 'failed'` as the Responses API).
 * Returns the very value that `run` returns, and throws what it throws.
 */
export function observeToolCall<Result>(
  instruments: GatewayInstruments,
  toolType: string,
  run: () => Result,
): Result {
  const type = toolTypeLabel(toolType)
  const span = startToolSpan(instruments.activeContext(), type)
  const startedAt = instruments.now()
  return trackCompletion(
    () => span.run(run),
    (ended) => {
      const failed = ended.threw || saysItFailed(ended.result)
      instruments.tool.callExecuted(type, (instruments.now() - startedAt) / 1000, failed, span.context)
      span.end(failed ? (ended.threw ? errorName(ended.error) : 'tool_error') : undefined)
    },
  )
}

function saysItFailed(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  const { isError, status } = result as { isError?: unknown; status?: unknown }
  return isError === true || status === 'failed'
}

function errorName(error: unknown): string {
  return error instanceof Error ? boundedText(String(error.name)) : '_OTHER'
}

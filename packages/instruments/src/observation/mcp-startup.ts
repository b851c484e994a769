import type { GatewayInstruments } from '../instruments/catalog.ts'
import { trackCompletion } from './track-completion.ts'

/**
 * Runs the start of an MCP server and counts it: `ok` once `run` has answered, `error` if it throws, rejects or
 * answers with an empty list of tools (an array, or an object whose `tools` is one). Returns the very value that
 * `run` returns, and throws what it throws.
 * @param serverLabel the operator's name for the server
 */
export function observeMcpStartup<Result>(
  instruments: GatewayInstruments,
  serverLabel: string,
  run: () => Result,
): Result {
  const context = instruments.activeContext()
  return trackCompletion(run, (ended) => {
    const status = ended.threw || isEmptyToolList(ended.result) ? 'error' : 'ok'
    const label = instruments.serverLabels.label(String(serverLabel), instruments.now())
    instruments.mcp.serverStarted(label, status, context)
  })
}

function isEmptyToolList(result: unknown): boolean {
  if (Array.isArray(result)) return result.length === 0
  if (typeof result !== 'object' || result === null) return false
  const { tools } = result as { tools?: unknown }
  return Array.isArray(tools) && tools.length === 0
}

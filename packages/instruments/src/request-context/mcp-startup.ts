import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { trackCompletion } from '../observation/track-completion.ts'
import { runInMcpStartup } from './current-request.ts'

/**
 * Runs the start of an MCP server and counts it: as `error` if `run` throws, rejects or returns an empty list of tools (an
 * array, or an object with an array `tools`), otherwise as `ok`. Returns and throws what `run` returns and throws; a promise
 * is returned itself, not a copy. The start of an MCP client that `run` connects or lists the tools of is not counted again.
 * @param serverLabel name that the operator gives to the server; at most 100 names are distinguished
 */
export function observeMcpStartup<Result>(
  instruments: GatewayInstruments,
  serverLabel: string,
  run: () => Result,
): Result {
  const context = instruments.activeContext()
  const startedAt = instruments.now()
  return trackCompletion(
    () => runInMcpStartup(run),
    (completion) => {
      const status = completion.threw || isEmptyToolList(completion.result) ? 'error' : 'ok'
      const now = instruments.now()
      const label = instruments.serverLabels.label(String(serverLabel), now)
      instruments.mcp.serverStarted(label, status, (now - startedAt) / 1000, context)
    },
  )
}

function isEmptyToolList(result: unknown): boolean {
  if (Array.isArray(result)) return result.length === 0
  if (typeof result !== 'object' || result === null) return false
  const { tools } = result as { tools?: unknown }
  return Array.isArray(tools) && tools.length === 0
}

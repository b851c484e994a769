import type { GatewayInstruments } from '@vr/otel-instruments'
import { watchSigterm } from '../lifecycle/watch-sigterm.ts'
import type { Readiness } from './readiness.ts'

/**
 * Reports MCP servers, and that the process drains after SIGTERM.
 * @param instruments `undefined` while metrics and tracing are off: nothing is wrapped then
 * @returns stops watching for SIGTERM
 */
export function watchReadiness(
  readiness: Readiness,
  instruments: GatewayInstruments | undefined,
): () => void {
  if (instruments === undefined) return () => {}
  readiness.addMcpServers(() =>
    [...instruments.mcp.startupStatuses].map(([serverLabel, status]) => ({ serverLabel, status })),
  )
  return watchSigterm(() => readiness.drain())
}

import { ListedNames } from '../cardinality/listed-names.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { McpTracer } from '../tracing/mcp-tracer.ts'
import type { ServerLabelPatterns } from './label-pattern.ts'
import { LoggedFailures } from './logged-failures.ts'

/** What MCP clients and servers are observed with. */
export interface McpOptions {
  /** Records the metrics of MCP, and the tool calls. */
  readonly instruments: GatewayInstruments
  /** Creates the spans of MCP. */
  readonly tracer: McpTracer
  /** Labels of servers by pattern. */
  readonly serverLabels: ServerLabelPatterns
}

/** The state that all MCP sessions of a process share. */
export class McpObserver {
  readonly instruments: GatewayInstruments
  readonly tracer: McpTracer
  readonly serverLabels: ServerLabelPatterns
  /** Names of the tools that servers of this process have listed to their clients. */
  readonly ownTools = new ListedNames()
  /** Names of the prompts that servers have listed to clients of this process. */
  readonly prompts = new ListedNames()
  /** Names of the prompts that servers of this process have listed to their clients. */
  readonly ownPrompts = new ListedNames()
  /** Labels of servers over a network whose last start succeeded. */
  readonly startedServers = new Set<string>()
  /** Failed starts that were logged since the last successful start of the server. */
  readonly loggedFailures = new LoggedFailures()

  constructor({ instruments, tracer, serverLabels }: McpOptions) {
    this.instruments = instruments
    this.tracer = tracer
    this.serverLabels = serverLabels
  }
}

let current: McpObserver | undefined

/** Returns the observer of this process; `undefined` if MCP is not observed. */
export function mcpObserver(): McpObserver | undefined {
  return current
}

/**
 * Observes the MCP clients and servers of this process. The hooks are `MCP_PATCHES`, which the module hook of `@vr/otel` applies.
 * @returns stops the observation
 */
export function observeMcp(options: McpOptions): () => void {
  const observer = new McpObserver(options)
  current = observer
  return () => {
    if (current === observer) current = undefined
  }
}

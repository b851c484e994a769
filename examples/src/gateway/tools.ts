/**
 * The tools that the gateway runs for the model. This is the one file that knows of telemetry: it makes the
 * three calls that no wire shows, `recordToolCallRequested`, `observeToolCall` and `observeMcpStartup`.
 */
import { observeMcpStartup, observeToolCall, recordToolCallRequested } from '@vr/otel'
import { functions } from './functions.ts'
import { McpConnection, type McpResult, type McpServerConfig } from './mcp-connection.ts'

/** A tool of a request as the client writes it: of type `function`, or `mcp` with the label of a server. */
export interface RequestTool {
  readonly type: string
  readonly server_label?: string
  readonly [field: string]: unknown
}

/** A tool that the gateway can run. */
export interface RunnableTool {
  readonly type: 'function' | 'mcp'
  readonly name: string
  /** Of `mcp` tools. */
  readonly serverLabel?: string
  /** Runs it. Like MCP, it reports a failure of the tool as a result, and rejects if the call itself failed. */
  readonly run: (args: Record<string, unknown>, signal: AbortSignal) => Promise<McpResult>
}

/** What a client asked for cannot be served. */
class UnknownServerError extends Error {
  readonly statusCode = 422
}

export class Toolbox {
  readonly #servers = new Map<string, McpConnection>()
  readonly #tools = new Map<string, RunnableTool>()
  /** What the engine is offered for a server label, as function tools. */
  readonly #offers = new Map<string, RequestTool[]>()

  constructor() {
    for (const [name, call] of functions) {
      const run = async (args: Record<string, unknown>) => ({ isError: false, text: await call(args) })
      this.#tools.set(name, { type: 'function', name, run })
    }
  }

  /** Starts the servers side by side. One that does not start is reported on stderr and left out. */
  async startServers(configs: Readonly<Record<string, McpServerConfig>>): Promise<void> {
    const starts = Object.entries(configs).map(([label, config]) =>
      this.#startServer(label, config).catch((error: unknown) =>
        console.error(`MCP server "${label}" did not start: ${String(error)}`),
      ),
    )
    await Promise.all(starts)
  }

  /** The tools of a request as the engine understands them: those of MCP servers become functions. */
  offer(tools: readonly RequestTool[] | undefined): RequestTool[] {
    return (tools ?? []).flatMap((tool) => {
      if (tool.type !== 'mcp') return [tool]
      const offers = this.#offers.get(String(tool.server_label))
      if (offers === undefined) throw new UnknownServerError(`no MCP server "${tool.server_label}"`)
      return offers
    })
  }

  /** The tool that the engine means by `name`, if the gateway can run it. */
  find(name: string | undefined): RunnableTool | undefined {
    return this.#tools.get(name ?? '')
  }

  /** Notes that the model asked for a tool. One that the gateway has not is run by its client. */
  noteRequested(name: string | undefined): void {
    recordToolCallRequested(this.find(name)?.type ?? 'function')
  }

  /** Runs a tool with the arguments (JSON) that the model wrote; a failure becomes a result for the model. */
  async run(tool: RunnableTool, args: string, signal: AbortSignal): Promise<McpResult> {
    try {
      return await observeToolCall(tool.type, async () => tool.run(JSON.parse(args), signal))
    } catch (error) {
      if (signal.aborted) throw error
      return { isError: true, text: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Ends all servers. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()))
  }

  async #startServer(label: string, config: McpServerConfig): Promise<void> {
    const server = new McpConnection(config)
    this.#servers.set(label, server)
    const tools = await observeMcpStartup(label, () => server.start())
    for (const { name } of tools) {
      const run: RunnableTool['run'] = (args, signal) => server.call(name, args, signal)
      this.#tools.set(`mcp__${label}__${name}`, { type: 'mcp', name, serverLabel: label, run })
    }
    const offers = tools.map((tool) => ({
      type: 'function',
      name: `mcp__${label}__${tool.name}`,
      description: tool.description ?? '',
      parameters: tool.inputSchema,
    }))
    this.#offers.set(label, offers)
  }
}

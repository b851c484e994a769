/** Runs tools for the model: functions of the gateway, and tools of MCP servers. */
import { functions } from './functions.ts'
import { McpConnection, type McpResult, type McpServerConfig } from './mcp-connection.ts'

/** A tool in a client's request: of type `function`, or of type `mcp` with the label of a server. */
export interface RequestTool {
  readonly type: string
  readonly server_label?: string
  readonly [field: string]: unknown
}

/** A tool that the gateway can run. */
export interface RunnableTool {
  readonly type: 'function' | 'mcp'
  readonly name: string
  /** Set for tools of type `mcp`. */
  readonly serverLabel?: string
  /** Runs the tool. If the tool fails, the result has `isError`; if the call fails, the promise rejects. */
  readonly run: (args: Record<string, unknown>, signal: AbortSignal) => Promise<McpResult>
}

/** A request names an MCP server that does not exist. */
class UnknownServerError extends Error {
  readonly statusCode = 422
}

export class Toolbox {
  readonly #servers = new Map<string, McpConnection>()
  readonly #tools = new Map<string, RunnableTool>()
  /** The tools of each MCP server as function tools for the engine, by server label. */
  readonly #engineTools = new Map<string, RequestTool[]>()

  constructor() {
    for (const [name, call] of functions) {
      const run = async (args: Record<string, unknown>) => ({ isError: false, text: await call(args) })
      this.#tools.set(name, { type: 'function', name, run })
    }
  }

  /** Starts the servers concurrently. Logs servers that do not start; their tools are then unavailable. */
  async startServers(configs: Readonly<Record<string, McpServerConfig>>): Promise<void> {
    const starts = Object.entries(configs).map(([label, config]) =>
      this.#startServer(label, config).catch((error: unknown) =>
        console.error(`MCP server "${label}" failed to start: ${String(error)}; its tools are unavailable`),
      ),
    )
    await Promise.all(starts)
  }

  /** Converts the tools of a request for the engine: the tools of MCP servers become function tools. */
  toEngineTools(tools: readonly RequestTool[] | undefined): RequestTool[] {
    return (tools ?? []).flatMap((tool) => {
      if (tool.type !== 'mcp') return [tool]
      const serverTools = this.#engineTools.get(String(tool.server_label))
      if (serverTools === undefined) throw new UnknownServerError(`no MCP server "${tool.server_label}"`)
      return serverTools
    })
  }

  /** Returns the tool with this name, if the gateway can run it. */
  find(name: string | undefined): RunnableTool | undefined {
    return this.#tools.get(name ?? '')
  }

  /** Runs a tool with JSON arguments of the model. A failure becomes a result, so that the model can react to it. */
  async run(tool: RunnableTool, args: string, signal: AbortSignal): Promise<McpResult> {
    try {
      return await tool.run(JSON.parse(args), signal)
    } catch (error) {
      if (signal.aborted) throw error
      return { isError: true, text: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Stops all servers. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()))
  }

  async #startServer(label: string, config: McpServerConfig): Promise<void> {
    const server = new McpConnection(config)
    this.#servers.set(label, server)
    const tools = await server.start()
    for (const { name } of tools) {
      const run: RunnableTool['run'] = (args, signal) => server.call(name, args, signal)
      this.#tools.set(`mcp__${label}__${name}`, { type: 'mcp', name, serverLabel: label, run })
    }
    const functionTools = tools.map((tool) => ({
      type: 'function',
      name: `mcp__${label}__${tool.name}`,
      description: tool.description ?? '',
      parameters: tool.inputSchema,
    }))
    this.#engineTools.set(label, functionTools)
  }
}

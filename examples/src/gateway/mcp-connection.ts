/** A connection to one MCP server that the gateway starts as a child process, over stdio. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

/** How a server is started; `args` may be left out. */
export interface McpServerConfig {
  readonly command: string
  readonly args?: readonly string[]
}

/** A tool of a server. */
export interface McpTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: object
}

/** What a tool call gave: a failure of the tool is a result with `isError`, not an exception. */
export interface McpResult {
  readonly isError: boolean
  readonly text: string
}

const STARTUP_TIMEOUT_MS = 10_000

export class McpConnection {
  readonly #client = new Client({ name: 'example-gateway', version: '1.0.0' })
  readonly #transport: StdioClientTransport

  constructor(config: McpServerConfig) {
    this.#transport = new StdioClientTransport({
      command: config.command,
      args: [...(config.args ?? [])],
      stderr: 'ignore',
    })
  }

  /** Spawns the server, connects, and returns its tools. Rejects, with nothing left running, on any failure. */
  async start(): Promise<McpTool[]> {
    try {
      await this.#client.connect(this.#transport, { timeout: STARTUP_TIMEOUT_MS })
      return (await this.#client.listTools(undefined, { timeout: STARTUP_TIMEOUT_MS })).tools
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Calls a tool; rejects on a broken connection, a time-out, an abort. */
  async call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<McpResult> {
    const result = await this.#client.callTool({ name, arguments: args }, undefined, { signal })
    const content = result.content as readonly { type: string; text?: string }[]
    return { isError: result.isError === true, text: content.map((part) => part.text ?? '').join('\n') }
  }

  /** Ends the connection and the child process. */
  async close(): Promise<void> {
    await this.#client.close()
  }
}

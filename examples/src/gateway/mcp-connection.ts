/** Connection over stdio to an MCP server that the gateway starts as a child process. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

/** Command that starts a server. */
export interface McpServerConfig {
  readonly command: string
  readonly args?: readonly string[]
  /** Environment variables of the server, besides those that the SDK passes on, such as `PATH`. */
  readonly env?: Readonly<Record<string, string>>
}

/** A tool of an MCP server. */
export interface McpTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: object
}

/** Result of a tool call. If the tool fails, the result has `isError`; there is no exception. */
export interface McpResult {
  readonly isError: boolean
  readonly text: string
}

const STARTUP_TIMEOUT_MS = 30_000

export class McpConnection {
  readonly #client = new Client({ name: 'example-gateway', version: '1.0.0' })
  readonly #transport: StdioClientTransport

  constructor(config: McpServerConfig) {
    this.#transport = new StdioClientTransport({
      command: config.command,
      args: [...(config.args ?? [])],
      ...(config.env === undefined ? {} : { env: { ...config.env } }),
      stderr: 'ignore',
    })
  }

  /** Starts the server, connects, and returns its tools. If any step fails, stops the server and rejects. */
  async start(): Promise<McpTool[]> {
    try {
      await this.#client.connect(this.#transport, { timeout: STARTUP_TIMEOUT_MS })
      return (await this.#client.listTools(undefined, { timeout: STARTUP_TIMEOUT_MS })).tools
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Calls a tool. Rejects if the connection breaks, the call times out or is aborted. */
  async call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<McpResult> {
    const result = await this.#client.callTool({ name, arguments: args }, undefined, { signal })
    const content = result.content as readonly { type: string; text?: string }[]
    return { isError: result.isError === true, text: content.map((part) => part.text ?? '').join('\n') }
  }

  /** Closes the connection and stops the child process. */
  async close(): Promise<void> {
    await this.#client.close()
  }
}

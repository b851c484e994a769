import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createServer } from './mcp-exchange.ts'
import { SDKS } from './mcp-sdks.ts'

/** An MCP server over streamable HTTP, by the SDK 1.x. */
export interface McpHttpServer {
  readonly url: URL
  close(): Promise<void>
}

/** Starts an MCP server on loopback. Each session has its own server of the SDK. */
export async function startMcpHttpServer(): Promise<McpHttpServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const server = createHttpServer(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']))
    const transport = known ?? (await openSession(sessions))
    await transport.handleRequest(request as IncomingMessage & { auth?: never }, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp?key=secret`),
    async close() {
      for (const transport of sessions.values()) await transport.close()
      await closeServer(server)
    },
  }
}

async function openSession(
  sessions: Map<string, StreamableHTTPServerTransport>,
): Promise<StreamableHTTPServerTransport> {
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, transport),
  })
  const [sdk] = SDKS
  await createServer(sdk as (typeof SDKS)[0]).connect(transport)
  return transport
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

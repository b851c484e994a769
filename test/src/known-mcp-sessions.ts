import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as clients from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import * as protocol from '@modelcontextprotocol/sdk/shared/protocol.js'
import { type GatewayInstruments, NOOP_MCP_TRACER } from '@vr/otel-instruments'
import { MCP_PATCHES, observeMcp } from '@vr/otel-instruments/adapters'
import type { Clock } from './known-exchange.ts'

const SERVER = fileURLToPath(new URL('../apps/mcp-server.mjs', import.meta.url))

/** Files of the SDK that are patched, with the modules of them that this file imports. */
const MODULES: Readonly<Record<string, unknown>> = {
  'dist/esm/shared/protocol.js': protocol,
  'dist/esm/client/index.js': clients,
}

/**
 * Observes one MCP session as a client, of a server in a process of its own that starts in 1,301 ms, and one as a server, of
 * 1,409 ms.
 */
export async function runMcpSessions(instruments: GatewayInstruments, clock: Clock): Promise<void> {
  const stop = observeMcp({ instruments, tracer: NOOP_MCP_TRACER, serverLabels: {} })
  const patches = MCP_PATCHES.filter(({ package: name }) => name === '@modelcontextprotocol/sdk')
  const undo = patches.map((patch) => patch.patch(MODULES[patch.file]))
  await runClient(clock)
  await runServer(clock)
  for (const one of undo) one()
  stop()
}

async function runClient(clock: Clock): Promise<void> {
  const client = new clients.Client({ name: 'client', version: '1.0.0' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [SERVER, '1', 'ok'] }))
  clock.advance(1301)
  await client.listTools()
  await client.callTool({ name: 'works', arguments: {} })
  await client.close()
}

async function runServer(clock: Clock): Promise<void> {
  const server = new McpServer({ name: 'server', version: '1.0.0' })
  const [input, output] = [new PassThrough(), new PassThrough()]
  await server.connect(new StdioServerTransport(input, output))
  const clientInfo = { name: 'client', version: '1.0.0' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  input.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`)
  await once(output, 'data')
  clock.advance(1409)
  await server.close()
}

/**
 * A gateway for an inference engine. Supports the Responses API with tools, and chat completions. It contains no
 * telemetry code.
 *
 *     ENGINE_URL=http://127.0.0.1:8000 PORT=5969 node --import @vr/otel/register src/gateway.ts
 *
 * - `PORT`: default 5969; 0 for any free port. The gateway prints its URL.
 * - `ENGINE_URL`: base URL of the engine.
 * - `MCP_SERVERS`: JSON, `{ "<label>": { "command": "…", "args": ["…"] } }`. Started before the gateway listens.
 */
import Fastify from 'fastify'
import { EngineClient, EngineError } from './gateway/engine-client.ts'
import type { McpServerConfig } from './gateway/mcp-connection.ts'
import { addRoutes, errorBody } from './gateway/routes.ts'
import { Toolbox } from './gateway/toolbox.ts'
import { exitWithListenError, onShutdown, portFromEnv } from './lifecycle.ts'

/** Time for open streams to complete at shutdown. */
const SHUTDOWN_GRACE_MS = 1000

const port = portFromEnv('PORT', 5969)
const engine = new EngineClient(process.env['ENGINE_URL'] ?? 'http://127.0.0.1:8000')
const toolbox = new Toolbox()
const app = Fastify()

app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
  const isExpected = error instanceof EngineError || error.statusCode !== undefined || reply.raw.destroyed
  if (!isExpected) console.error(error)
  return reply.code(error.statusCode ?? 500).send(errorBody(error.message))
})
addRoutes(app, engine, toolbox)

onShutdown(async () => {
  const timer = setTimeout(() => app.server.closeAllConnections(), SHUTDOWN_GRACE_MS)
  await app.close()
  clearTimeout(timer)
  await toolbox.close()
})

await toolbox.startServers(JSON.parse(process.env['MCP_SERVERS'] ?? '{}') as Record<string, McpServerConfig>)
try {
  await app.listen({ host: '127.0.0.1', port })
  console.log(`gateway listening on ${app.listeningOrigin}`)
} catch (error) {
  await toolbox.close()
  exitWithListenError('PORT', port, error)
}

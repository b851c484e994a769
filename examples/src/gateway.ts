/**
 * A gateway in front of an inference engine: the Responses API with tools, and chat completions. It knows
 * nothing of telemetry, except `gateway/tools.ts`.
 *
 *     ENGINE_URL=http://127.0.0.1:8000 PORT=5969 node --import @vr/otel/register src/gateway.ts
 *
 * - `PORT`: 5969 unless set; 0: any free port. The URL is printed.
 * - `ENGINE_URL`: base URL of the engine.
 * - `MCP_SERVERS`: JSON, `{ "<label>": { "command": "…", "args": ["…"] } }`; started before it listens.
 */
import Fastify from 'fastify'
import { EngineClient, EngineError } from './gateway/engine-client.ts'
import type { McpServerConfig } from './gateway/mcp-connection.ts'
import { addRoutes, errorBody } from './gateway/routes.ts'
import { Toolbox } from './gateway/tools.ts'
import { failToListen, onEnd, portFromEnv } from './lifetime.ts'

/** How long open streams may go on after the gateway was told to end. */
const GRACE_MS = 1000

const port = portFromEnv('PORT', 5969)
const engine = new EngineClient(process.env['ENGINE_URL'] ?? 'http://127.0.0.1:8000')
const toolbox = new Toolbox()
const app = Fastify()

app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
  const clientLeft = reply.raw.destroyed
  if (!(error instanceof EngineError) && error.statusCode === undefined && !clientLeft) console.error(error)
  return reply.code(error.statusCode ?? 500).send(errorBody(error.message))
})
addRoutes(app, engine, toolbox)

onEnd(async () => {
  const impatience = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
  await app.close()
  clearTimeout(impatience)
  await toolbox.close()
})

await toolbox.startServers(JSON.parse(process.env['MCP_SERVERS'] ?? '{}') as Record<string, McpServerConfig>)
try {
  await app.listen({ host: '127.0.0.1', port })
  console.log(`gateway listening on ${app.listeningOrigin}`)
} catch (error) {
  await toolbox.close()
  failToListen('PORT', port, error)
}

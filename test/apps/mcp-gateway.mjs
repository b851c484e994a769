// A gateway that starts MCP servers and calls their tools, by paths such as `/start/ok` and `/call/works`; `SDK` is the generation.
import http from 'node:http'
import { fileURLToPath } from 'node:url'

const generation = process.env.SDK
const SERVER = fileURLToPath(new URL('mcp-server.mjs', import.meta.url))
const TIMEOUT_MS = Number(process.env.MCP_TIMEOUT_MS)

const { Client, StdioClientTransport } =
  generation === '1'
    ? {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/stdio.js')),
      }
    : {
        ...(await import('@modelcontextprotocol/client')),
        ...(await import('@modelcontextprotocol/client/stdio')),
      }

let client
/** Called when the server has received a call of `waits`. */
let onWaiting = () => {}

async function start(behaviour) {
  const command = behaviour === 'missing' ? '/missing/mcp-server' : process.execPath
  const transport = new StdioClientTransport({
    command,
    args: [SERVER, generation, behaviour],
    env: { ...process.env, VR_OTEL_SERVICE_NAME: 'mcp-server' },
    stderr: 'pipe',
  })
  transport.stderr.on('data', () => onWaiting())
  client = new Client({ name: 'gateway', version: '1.0.0' })
  // Only a server that never answers reaches the time limit.
  const timeout = behaviour === 'hangs' ? TIMEOUT_MS : 60_000
  await client.connect(transport, { timeout })
  return (await client.listTools(undefined, { timeout })).tools.map(({ name }) => name)
}

function callTool(name, options) {
  const parameters = { name, arguments: {} }
  return generation === '1'
    ? client.callTool(parameters, undefined, options)
    : client.callTool(parameters, options)
}

/** Aborts a call when the server has received it. */
function cancel() {
  const controller = new AbortController()
  onWaiting = () => controller.abort()
  return callTool('waits', { signal: controller.signal })
}

const ACTIONS = {
  start,
  call: (tool) => callTool(tool),
  'time-out': () => callTool('waits', { timeout: TIMEOUT_MS }),
  cancel,
  close: () => client.close(),
}

const server = http.createServer(async (request, response) => {
  const [, action, argument] = request.url.split('/')
  const run = ACTIONS[action]
  if (run === undefined) return response.writeHead(404).end()
  const result = await Promise.resolve(run(argument)).then(
    (value) => ({ value }),
    (error) => ({ error: error.name, code: error.code }),
  )
  response.end(JSON.stringify(result))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
process.on('SIGTERM', async () => {
  await client?.close()
  process.exit()
})

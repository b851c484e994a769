/** Starts the OTLP receiver, the engine and the gateway. */
import { fileURLToPath } from 'node:url'
import type { ChildPrograms, RunningProgram } from './child-programs.ts'
import { poll } from './poll.ts'

const START_LINE_DEADLINE_MS = 5000

/** URLs of the running demo, without trailing slash. */
export interface Demo {
  readonly gatewayUrl: string
  readonly engineUrl: string
  readonly receiverUrl: string
  readonly metricsUrl: string
  /** Prefix of the gateway's metric names, with the underscore. */
  readonly prefix: string
}

/** One server that works and one that fails to start, so that `mcp_server_startup_total` has both results. */
const MCP_SERVERS = {
  exchange: { command: process.execPath, args: [pathOf('../mcp-server.ts')] },
  broken: { command: process.execPath, args: ['--eval', 'process.exit(1)'] },
}

/** Telemetry settings of the gateway. Environment variables of the demo override them. */
function telemetrySettings(receiverGrpcUrl: string): NodeJS.ProcessEnv {
  const { hostname, port } = new URL(receiverGrpcUrl)
  return {
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: hostname,
    VR_OPENTELEMETRY_PORT: port,
    ...process.env,
  }
}

/** Starts the three programs on loopback. The gateway uses the port in `PORT`, default 5969. */
export async function startDemo(programs: ChildPrograms): Promise<Demo> {
  const receiver = await programs.start('receiver', [pathOf('../otlp-receiver.ts')], {
    GRPC_PORT: '0',
    HTTP_PORT: '0',
  })
  const engine = await programs.start('engine', [pathOf('../engine.ts')], { PORT: '0' })
  const engineUrl = urlFrom(engine.firstLine, 'http')
  const gateway = await programs.start(
    'gateway',
    ['--import', '@vr/otel/register', pathOf('../gateway.ts')],
    {
      ...telemetrySettings(urlFrom(receiver.firstLine, 'grpc')),
      ENGINE_URL: engineUrl,
      MCP_SERVERS: JSON.stringify(MCP_SERVERS),
    },
  )
  const gatewayUrl = urlFrom(gateway.firstLine, 'http')
  return {
    gatewayUrl,
    engineUrl,
    receiverUrl: urlFrom(receiver.firstLine, 'http'),
    metricsUrl: await metricsUrlOf(gateway, gatewayUrl),
    prefix: `${process.env['VR_METRICS_PREFIX'] ?? 'vllm_responses'}_`,
  }
}

/** Returns the metrics URL: on the gateway's port or, with `VR_METRICS_PORT`, as printed in the start line. */
async function metricsUrlOf(gateway: RunningProgram, gatewayUrl: string): Promise<string> {
  if (process.env['VR_METRICS_PORT'] === undefined) {
    return gatewayUrl + (process.env['VR_METRICS_PATH'] ?? '/metrics')
  }
  const find = async (): Promise<string | undefined> => / metrics at (http\S+)/.exec(gateway.stderr())?.[1]
  const url = await poll(find, (found) => found !== undefined, START_LINE_DEADLINE_MS)
  if (url === undefined) throw new Error('the gateway did not print the URL of its metrics')
  return url
}

function urlFrom(line: string, scheme: string): string {
  const [url] = new RegExp(`${scheme}://[^\\s/]+`).exec(line) ?? []
  if (url === undefined) throw new Error(`no ${scheme} URL in "${line}"`)
  return url
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

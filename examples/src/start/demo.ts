/** Sink, engine and gateway, running. */
import { fileURLToPath } from 'node:url'
import { poll } from './poll.ts'
import type { Programs, Started } from './programs.ts'

const START_LINE_DEADLINE_MS = 5000

/** Where everything is; the URLs have no slash at the end. */
export interface Demo {
  readonly gatewayUrl: string
  readonly engineUrl: string
  readonly sinkUrl: string
  readonly metricsUrl: string
  /** What the names of the gateway's metrics start with, underscore included. */
  readonly prefix: string
}

/** One server that works and one that does not, so that both outcomes can be seen. */
const MCP_SERVERS = {
  exchange: { command: process.execPath, args: [pathOf('../mcp-server.ts')] },
  broken: { command: process.execPath, args: ['--eval', 'process.exit(1)'] },
}

/** Settings of the gateway's telemetry; each can be overridden from outside. */
function telemetry(sinkGrpcUrl: string): NodeJS.ProcessEnv {
  const { hostname, port } = new URL(sinkGrpcUrl)
  return {
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: hostname,
    VR_OPENTELEMETRY_PORT: port,
    ...process.env,
  }
}

/** Starts the three programs on loopback; the gateway on `PORT`, 5969 unless set. */
export async function startDemo(programs: Programs): Promise<Demo> {
  const sink = await programs.start('sink', [pathOf('../otlp-sink.ts')], { GRPC_PORT: '0', HTTP_PORT: '0' })
  const engine = await programs.start('engine', [pathOf('../engine.ts')], { PORT: '0' })
  const engineUrl = urlIn(engine.line, 'http')
  const gateway = await programs.start(
    'gateway',
    ['--import', '@vr/otel/register', pathOf('../gateway.ts')],
    {
      ...telemetry(urlIn(sink.line, 'grpc')),
      ENGINE_URL: engineUrl,
      MCP_SERVERS: JSON.stringify(MCP_SERVERS),
    },
  )
  const gatewayUrl = urlIn(gateway.line, 'http')
  return {
    gatewayUrl,
    engineUrl,
    sinkUrl: urlIn(sink.line, 'http'),
    metricsUrl: await metricsUrlOf(gateway, gatewayUrl),
    prefix: `${process.env['VR_METRICS_PREFIX'] ?? 'vllm_responses'}_`,
  }
}

/** On the gateway's own port, unless `VR_METRICS_PORT` asks for another: then the start line names it. */
async function metricsUrlOf(gateway: Started, gatewayUrl: string): Promise<string> {
  if (process.env['VR_METRICS_PORT'] === undefined) {
    return gatewayUrl + (process.env['VR_METRICS_PATH'] ?? '/metrics')
  }
  const find = async (): Promise<string | undefined> => / metrics at (http\S+)/.exec(gateway.stderr())?.[1]
  const url = await poll(find, (found) => found !== undefined, START_LINE_DEADLINE_MS)
  if (url === undefined) throw new Error('the gateway printed no start line with the URL of its metrics')
  return url
}

function urlIn(line: string, scheme: string): string {
  const [url] = new RegExp(`${scheme}://[^\\s/]+`).exec(line) ?? []
  if (url === undefined) throw new Error(`no ${scheme} URL in "${line}"`)
  return url
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

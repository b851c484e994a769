/** Sink, engine and gateway, running. */
import { fileURLToPath } from 'node:url'
import type { Programs } from './programs.ts'

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
export const MCP_SERVERS = {
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
    OTEL_BSP_SCHEDULE_DELAY: '500',
    ...process.env,
  }
}

/** Starts the three programs on loopback; the gateway on `PORT`, 5969 unless set. */
export async function startDemo(programs: Programs): Promise<Demo> {
  const sink = await programs.start('sink', [pathOf('../otlp-sink.ts')], { GRPC_PORT: '0', HTTP_PORT: '0' })
  const engine = await programs.start('engine', [pathOf('../engine.ts')], { PORT: '0' })
  const engineUrl = urlIn(engine, 'http')
  const gateway = await programs.start(
    'gateway',
    ['--import', '@vr/otel/register', pathOf('../gateway.ts')],
    {
      ...telemetry(urlIn(sink, 'grpc')),
      ENGINE_URL: engineUrl,
      MCP_SERVERS: JSON.stringify(MCP_SERVERS),
    },
  )
  const gatewayUrl = urlIn(gateway, 'http')
  return {
    gatewayUrl,
    engineUrl,
    sinkUrl: urlIn(sink, 'http'),
    metricsUrl: gatewayUrl + (process.env['VR_METRICS_PATH'] ?? '/metrics'),
    prefix: `${process.env['VR_METRICS_PREFIX'] ?? 'vllm_responses'}_`,
  }
}

function urlIn(line: string, scheme: string): string {
  const [url] = new RegExp(`${scheme}://[^\\s/]+`).exec(line) ?? []
  if (url === undefined) throw new Error(`no ${scheme} URL in "${line}"`)
  return url
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

/** Starts the OTLP receiver, the engine and the gateway. */
import { fileURLToPath } from 'node:url'
import type { McpServerConfig } from '../gateway/mcp-connection.ts'
import type { ChildPrograms, RunningProgram } from './child-programs.ts'
import { poll } from './poll.ts'

const START_LINE_DEADLINE_MS = 5000

/** `service.name` of the MCP server. */
export const MCP_SERVICE = 'exchange'

/** Name of the engine in the gateway's metrics: the label `upstream`. */
export const ENGINE_NAME = 'mock'

/** URLs of the running demo, without trailing slash. */
export interface Demo {
  readonly gatewayUrl: string
  readonly engineUrl: string
  readonly receiverUrl: string
  readonly metricsUrl: string
  /** Process ids of the workers of the gateway; empty if it is one process. */
  readonly workerPids: readonly number[]
  /** Prefix of the gateway's metric names, with the underscore. */
  readonly prefix: string
}

const FLAG = ['--import', '@vr/otel/register']

/** Telemetry settings of the gateway and of the MCP server. Environment variables of the demo override them. */
function telemetrySettings(receiverGrpcUrl: string): Record<string, string> {
  const { hostname, port } = new URL(receiverGrpcUrl)
  const own = Object.entries(process.env).filter(([name]) => /^(VR|OTEL)_/.test(name))
  return {
    VR_OTEL_SERVICE_NAME: 'gateway',
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: hostname,
    VR_OPENTELEMETRY_PORT: port,
    ...(Object.fromEntries(own) as Record<string, string>),
  }
}

/**
 * One server that works, with the flag, and one that does not exist, so that `mcp_server_startup_total` has both results. The
 * SDK passes few variables on to servers, so their settings are in `env`.
 */
function mcpServers(settings: Record<string, string>): Record<string, McpServerConfig> {
  const env = { ...settings, VR_OTEL_SERVICE_NAME: MCP_SERVICE }
  return {
    exchange: { command: process.execPath, args: [...FLAG, pathOf('../mcp-server.ts')], env },
    broken: { command: 'missing-mcp-server' },
  }
}

/**
 * Starts the three programs on loopback. The gateway uses the port in `PORT`, default 5969.
 *
 * @param workers number of processes of the gateway; `undefined` for one process without `node:cluster`
 */
export async function startDemo(programs: ChildPrograms, workers: number | undefined): Promise<Demo> {
  const receiver = await programs.start('receiver', [pathOf('../otlp-receiver.ts')], {
    GRPC_PORT: '0',
    HTTP_PORT: '0',
  })
  const engine = await programs.start('engine', [pathOf('../engine.ts')], { PORT: '0' })
  const engineUrl = urlFrom(engine.firstLine, 'http')
  const settings = telemetrySettings(urlFrom(receiver.firstLine, 'grpc'))
  const program = pathOf(workers === undefined ? '../gateway.ts' : '../gateway-cluster.ts')
  const gateway = await programs.start('gateway', [...FLAG, program], {
    ...settings,
    ...(workers === undefined ? {} : { WORKERS: String(workers) }),
    ENGINE_URL: engineUrl,
    VR_ENGINE_METRICS_URL: `${ENGINE_NAME}=${engineUrl}/metrics`,
    MCP_SERVERS: JSON.stringify(mcpServers(settings)),
  })
  const gatewayUrl = urlFrom(gateway.firstLine, 'http')
  return {
    gatewayUrl,
    engineUrl,
    receiverUrl: urlFrom(receiver.firstLine, 'http'),
    workerPids: (/workers (.*)/.exec(gateway.firstLine)?.[1] ?? '').split(', ').filter(Boolean).map(Number),
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

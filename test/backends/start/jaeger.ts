import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.ts'
import { freePorts } from './ports.ts'
import { type OtlpTraces, spansOf, type TraceStore } from './trace-store.ts'
import { askJson } from './wait.ts'

const CONFIG = fileURLToPath(new URL('../configs/jaeger.yaml', import.meta.url))

/** Jaeger, which is a Collector too. */
export interface Jaeger extends TraceStore {
  /** Where it shows the metrics that it was sent, as OpenMetrics. */
  readonly metricsUrl: string
}

/** Starts Jaeger. */
export async function startJaeger(file: string): Promise<Jaeger> {
  const ports = await freePorts(5)
  const [query = 0, queryGrpc = 0, otlpGrpcPort = 0, otlpHttpPort = 0, metrics = 0] = ports
  const origin = `http://127.0.0.1:${query}`
  const env = {
    QUERY: `${query}`,
    QUERY_GRPC: `${queryGrpc}`,
    OTLP_GRPC: `${otlpGrpcPort}`,
    OTLP_HTTP: `${otlpHttpPort}`,
    METRICS: `${metrics}`,
  }
  await new Daemon('jaeger').start(file, ['--config', CONFIG], env, () => askJson(`${origin}/api/services`))
  return {
    title: 'Jaeger',
    otlpGrpcPort,
    otlpHttpPort,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    trace: async (traceId) => {
      const answer = await askJson<{ result: OtlpTraces }>(`${origin}/api/v3/traces/${traceId}`)
      return answer === undefined ? [] : spansOf(answer.result)
    },
  }
}

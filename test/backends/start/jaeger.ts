import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.ts'
import { startJsonSink } from './json-sink.ts'
import type { MetricStore, OtlpMetrics } from './metric-store.ts'
import { freePorts } from './ports.ts'
import { type OtlpTraces, spansOf } from './trace-store.ts'
import { fetchJson } from './wait.ts'

const CONFIG = fileURLToPath(new URL('../configs/jaeger.yaml', import.meta.url))

/** Starts Jaeger, which is built on the Collector and also receives metrics. */
export async function startJaeger(file: string): Promise<MetricStore> {
  const sink = await startJsonSink()
  const ports = await freePorts(5)
  const [query = 0, queryGrpc = 0, otlpGrpcPort = 0, otlpHttpPort = 0, metrics = 0] = ports
  const origin = `http://127.0.0.1:${query}`
  const env = {
    QUERY: `${query}`,
    QUERY_GRPC: `${queryGrpc}`,
    OTLP_GRPC: `${otlpGrpcPort}`,
    OTLP_HTTP: `${otlpHttpPort}`,
    METRICS: `${metrics}`,
    JSON: `${sink.port}`,
  }
  await new Daemon('jaeger').start(file, ['--config', CONFIG], env, () => fetchJson(`${origin}/api/services`))
  return {
    title: 'Jaeger',
    otlpGrpcPort,
    otlpHttpPort,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    received: async () => sink.received as OtlpMetrics[],
    trace: async (traceId) => {
      const answer = await fetchJson<{ result: OtlpTraces }>(`${origin}/api/v3/traces/${traceId}`)
      return answer === undefined ? [] : spansOf(answer.result)
    },
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.ts'
import type { MetricStore, OtlpMetrics } from './metric-store.ts'
import { freePorts } from './ports.ts'
import { type OtlpTraces, spansOf } from './trace-store.ts'

const CONFIG = fileURLToPath(new URL('../configs/collector.yaml', import.meta.url))

/** Starts the Collector, which writes everything that it receives to a file. */
export async function startCollector(file: string): Promise<MetricStore> {
  const [otlpGrpcPort = 0, otlpHttpPort = 0, metrics = 0] = await freePorts(3)
  const daemon = new Daemon('collector')
  const output = join(daemon.folder, 'received.jsonl')
  const metricsUrl = `http://127.0.0.1:${metrics}/metrics`
  const env = {
    OTLP_GRPC: `${otlpGrpcPort}`,
    OTLP_HTTP: `${otlpHttpPort}`,
    METRICS: `${metrics}`,
    FILE: output,
  }
  await daemon.start(file, ['--config', CONFIG], env, async () => (await fetch(metricsUrl)).ok)
  const received = async (): Promise<(OtlpMetrics & OtlpTraces)[]> => {
    const lines = (await readFile(output, 'utf8').catch(() => '')).split('\n')
    // The last line may be unfinished.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as OtlpMetrics & OtlpTraces)
  }
  return {
    title: 'the Collector',
    otlpGrpcPort,
    otlpHttpPort,
    metricsUrl,
    received,
    trace: async (traceId) => {
      const spans = (await received()).flatMap((line) => spansOf(line))
      return spans.filter((span) => span.traceId === traceId)
    },
  }
}

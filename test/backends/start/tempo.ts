import { fileURLToPath } from 'node:url'
import { Daemon } from './daemon.ts'
import { freePorts } from './ports.ts'
import { type OtlpTraces, spansOf, type TraceStore } from './trace-store.ts'
import { fetchJson } from './wait.ts'

const CONFIG = fileURLToPath(new URL('../configs/tempo.yaml', import.meta.url))

/** Starts Tempo. */
export async function startTempo(file: string): Promise<TraceStore> {
  const ports = await freePorts(5)
  const [query = 0, queryGrpc = 0, otlpGrpcPort = 0, otlpHttpPort = 0, gossip = 0] = ports
  const origin = `http://127.0.0.1:${query}`
  const daemon = new Daemon('tempo')
  const env = {
    QUERY: `${query}`,
    QUERY_GRPC: `${queryGrpc}`,
    OTLP_GRPC: `${otlpGrpcPort}`,
    OTLP_HTTP: `${otlpHttpPort}`,
    GOSSIP: `${gossip}`,
    DATA: daemon.folder,
  }
  const args = [`-config.file=${CONFIG}`, '-config.expand-env=true']
  await daemon.start(file, args, env, async () => (await fetch(`${origin}/ready`)).ok)
  return {
    title: 'Tempo',
    otlpGrpcPort,
    otlpHttpPort,
    trace: async (traceId) => {
      // Tempo answers an unknown id with 200 and an empty trace.
      const answer = await fetchJson<{ trace: OtlpTraces }>(`${origin}/api/v2/traces/${traceId}`)
      return answer === undefined ? [] : spansOf(answer.trace, 'base64')
    },
  }
}

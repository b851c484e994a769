import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

let sink: RunningApp
let sinkUrl: string
let grpcPort: string
const servers: Server[] = []

beforeAll(async () => {
  sink = new RunningApp('../../examples/src/otlp-receiver.ts', {
    flag: false,
    env: { GRPC_PORT: '0', HTTP_PORT: '0' },
  })
  const [, port = ''] = await sink.waitForOutput(/grpc:\/\/127\.0\.0\.1:(\d+)/)
  grpcPort = port
  sinkUrl = await sink.url()
})

afterAll(async () => {
  await sink.kill()
})

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Returns the settings that export to the sink over a protocol. */
function collector(protocol: string): Record<string, string> {
  return {
    VR_OPENTELEMETRY_PROTOCOL: protocol,
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: protocol === 'grpc' ? grpcPort : new URL(sinkUrl).port,
  }
}

interface Point {
  readonly asDouble?: number
  readonly asInt?: string
  readonly exemplars?: { readonly traceId: string; readonly spanId: string }[]
}

interface Metric {
  readonly service: string
  readonly name: string
  readonly sum?: { readonly dataPoints: Point[]; readonly aggregationTemporality: number }
}

/** Returns a metric of a service as the sink received it last. */
async function received(service: string, name: string): Promise<Metric | undefined> {
  const { metrics } = (await (await fetch(`${sinkUrl}/metrics`)).json()) as { metrics: Metric[] }
  return metrics.find((metric) => metric.service === service && metric.name === name)
}

/** Returns, by signal, whether created = exported + dropped + queued in a scrape, and the number of exported items. */
function deliveryCountsOf(scraped: Scrape): Record<string, { isExact: boolean; exported: number }> {
  const by = (name: string, signal: string): number =>
    scraped
      .named(`vr_otel_telemetry_${name}`)
      .filter(({ labels }) => labels['signal'] === signal)
      .reduce((sum, { value }) => sum + value, 0)
  return Object.fromEntries(
    ['traces', 'metrics'].map((signal) => {
      const exported = by('exported_total', signal)
      const accounted = exported + by('dropped_total', signal) + by('queued', signal)
      return [signal, { isExact: by('created_total', signal) === accounted, exported }]
    }),
  )
}

const PUSHED = { VR_METRICS_EXPORTER: 'prometheus,otlp', VR_METRICS_EXPORT_INTERVAL_MS: '50' }
const TRACED = { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1', OTEL_BSP_SCHEDULE_DELAY: '50' }

describe.each(['grpc', 'http/protobuf', 'http/json'])('metrics over %s', (protocol) => {
  it('arrive with exemplars whose spans arrive too, with exact delivery counts and without spans of the export', async () => {
    const service = `shop over ${protocol}`
    const app = new RunningApp('plain.mjs', {
      env: {
        ...collector(protocol),
        ...PUSHED,
        ...TRACED,
        OTEL_SERVICE_NAME: service,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
    })
    await (await fetch(await app.url())).text()
    const exemplar = await eventually(async () => {
      const metric = await received(service, 'vllm_responses.http.requests')
      return metric?.sum?.dataPoints.flatMap(({ exemplars = [] }) => exemplars)[0]
    })
    const { spans } = await eventually(async () => {
      const answer = await fetch(`${sinkUrl}/traces/${exemplar.traceId}`)
      if (answer.status !== 200) return undefined
      return (await answer.json()) as { spans: { spanId: string; kind: string }[] }
    })
    expect(spans).toEqual([expect.objectContaining({ spanId: exemplar.spanId, kind: 'server' })])
    const deliveries = await eventually(async () => {
      const found = deliveryCountsOf(await scrape(await app.metricsUrl()))
      const areBoth = ['metrics', 'traces'].every((signal) => (found[signal]?.exported ?? 0) > 0)
      return areBoth ? found : undefined
    })
    expect(deliveries).toEqual({
      traces: { isExact: true, exported: 1 },
      metrics: { isExact: true, exported: expect.any(Number) },
    })
    await app.kill()
    expect(app.stderr).toMatch(
      /metrics at \S+ .*, to http:\S+ over \S+ every 0.05 s; traces to http:\S+ over \S+, 100 %/,
    )
    expect(app.stderr.trim().split('\n')).toHaveLength(1)
  })

  it.each(['0', '400'])(
    'are exported a last time when the process ends by itself after %s ms',
    async (time) => {
      const service = `short ${time} over ${protocol}`
      const app = new RunningApp('ends-soon.mjs', {
        env: {
          ...collector(protocol),
          VR_METRICS_EXPORTER: 'otlp',
          VR_METRICS_EXPORT_INTERVAL_MS: '100',
          OTEL_SERVICE_NAME: service,
          RUNS_FOR_MS: time,
        },
      })
      expect(await app.exit()).toEqual({ code: 0, signal: null })
      expect((await received(service, 'orders'))?.sum?.dataPoints).toMatchObject([{ asDouble: 3 }])
      expect(app.stdout).toBe('done\n')
    },
  )
})

it('exports metrics with the temporality of VR_METRICS_TEMPORALITY', async () => {
  const app = new RunningApp('ends-soon.mjs', {
    env: {
      ...collector('grpc'),
      VR_METRICS_EXPORTER: 'otlp',
      VR_METRICS_TEMPORALITY: 'delta',
      OTEL_SERVICE_NAME: 'delta',
    },
  })
  await app.exit()
  expect((await received('delta', 'orders'))?.sum?.aggregationTemporality).toBe(1)
  const inFlight = await received('delta', 'vllm_responses.http.in_flight_requests')
  expect(inFlight?.sum?.aggregationTemporality).toBe(2)
})

it('the console exporter writes metrics to stderr in addition to another exporter', async () => {
  const app = new RunningApp('ends-soon.mjs', { env: { VR_METRICS_EXPORTER: 'console,prometheus' } })
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stdout).toBe('done\n')
  expect(app.stderr).toContain('  orders{kind=gift} 3\n')
})

/** Opens a port with a stopped owner and a full backlog: Linux drops further connection attempts without an answer. */
async function fullListener(): Promise<{ port: string; close: () => void }> {
  const script = `const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))`
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  owner.kill('SIGSTOP')
  const port = Number(line)
  const sockets = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  const close = (): void => {
    for (const socket of sockets) socket.destroy()
    owner.kill('SIGKILL')
  }
  await once(sockets[0] as Socket, 'connect')
  return { port: String(port), close }
}

describe('a collector that does not answer', () => {
  /** A process that waits for an export fails its test. */
  const FOREVER = '3600000'

  async function blackHole(): Promise<string> {
    const server = createServer((socket) => void socket.on('error', () => {}).resume())
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return String((server.address() as AddressInfo).port)
  }

  it.each(['grpc', 'http/protobuf', 'http/json'])(
    'does not keep a process alive that ends during an export over %s',
    async (protocol) => {
      const app = new RunningApp('ends-soon.mjs', {
        env: {
          ...PUSHED,
          ...TRACED,
          VR_OPENTELEMETRY_PROTOCOL: protocol,
          VR_OPENTELEMETRY_HOST: '127.0.0.1',
          VR_OPENTELEMETRY_PORT: await blackHole(),
          OTEL_EXPORTER_OTLP_TIMEOUT: FOREVER,
          RUNS_FOR_MS: '300',
        },
      })
      expect(await app.exit()).toEqual({ code: 0, signal: null })
    },
  )

  it.skipIf(process.platform !== 'linux').each(['grpc', 'http/protobuf'])(
    'to connection attempts does not keep a process alive that ends, over %s',
    async (protocol) => {
      const full = await fullListener()
      const app = new RunningApp('ends-soon.mjs', {
        env: {
          ...PUSHED,
          VR_OPENTELEMETRY_PROTOCOL: protocol,
          VR_OPENTELEMETRY_HOST: '127.0.0.1',
          VR_OPENTELEMETRY_PORT: full.port,
          OTEL_EXPORTER_OTLP_TIMEOUT: FOREVER,
          RUNS_FOR_MS: '300',
        },
      })
      expect(await app.exit()).toEqual({ code: 0, signal: null })
      full.close()
      await app.waitForOutput(/no TCP connection within/, 'stderr')
    },
  )

  it('does not keep a process alive after SIGTERM', async () => {
    const app = new RunningApp('plain.mjs', {
      env: {
        ...PUSHED,
        VR_OPENTELEMETRY_HOST: '127.0.0.1',
        VR_OPENTELEMETRY_PORT: await blackHole(),
        OTEL_EXPORTER_OTLP_TIMEOUT: FOREVER,
      },
    })
    await (await fetch(await app.url())).text()
    expect(await app.kill()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('is logged once with the settings to check, and the application answers', async () => {
    const app = new RunningApp('plain.mjs', {
      env: { ...PUSHED, VR_OPENTELEMETRY_PORT: '1', VR_METRICS_EXPORT_INTERVAL_MS: '10' },
    })
    await (await fetch(await app.url())).text()
    await app.waitForOutput(
      /cannot send data points to http:\/\/localhost:1.*VR_OPENTELEMETRY_HOST/,
      'stderr',
    )
    const lost = await eventually(async () => {
      const scraped = await scrape(await app.metricsUrl())
      const superseded = scraped
        .named('vr_otel_telemetry_dropped_total')
        .filter(({ labels }) => labels['reason'] === 'superseded')
      return superseded.length > 0 ? deliveryCountsOf(scraped) : undefined
    })
    expect(lost['metrics']).toEqual({ isExact: true, exported: 0 })
    await app.kill()
    expect(app.stderr.match(/cannot send data points/g)).toHaveLength(1)
  })
})

it('reports certificate files that cannot be read and runs the application', async () => {
  const app = new RunningApp('ends-soon.mjs', {
    env: { ...PUSHED, VR_OPENTELEMETRY_INSECURE: 'false', VR_OPENTELEMETRY_CA_FILE: '/nowhere/ca.pem' },
  })
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stderr).toContain('VR_OPENTELEMETRY_CA_FILE: got "/nowhere/ca.pem"')
})

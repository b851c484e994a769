import { fileURLToPath } from 'node:url'
import type { ExpectedSample } from '../../examples/src/driver/expected-samples.ts'
import { sendTraffic } from '../../examples/src/driver.ts'
import { ChildPrograms } from '../../examples/src/start/child-programs.ts'
import type { Sample } from '../../examples/src/start/exposition.ts'
import { differences, scrape } from '../../examples/src/start/scrape.ts'
import type { BackendName } from './build/recipe.ts'
import { startCollector } from './start/collector.ts'
import { stopAll } from './start/daemon.ts'
import { startJaeger } from './start/jaeger.ts'
import type { MetricStore } from './start/metric-store.ts'
import { type Prometheus, startPrometheus } from './start/prometheus.ts'
import { startTempo } from './start/tempo.ts'
import type { TraceStore } from './start/trace-store.ts'
import { waitFor } from './start/wait.ts'

const MIX = {
  json: 8,
  toolCalls: 3,
  toolErrors: 1,
  mcpCalls: 2,
  mcpErrors: 1,
  streams: 6,
  toolStreams: 1,
  abortedStreams: 2,
  failedStreams: 2,
  notFound: 2,
  unmatched: 1,
  failing: 2,
}

const MCP_SERVERS = {
  exchange: { command: process.execPath, args: [pathOf('../../examples/src/mcp-server.ts')] },
  broken: { command: process.execPath, args: ['--eval', 'process.exit(1)'] },
}
const MCP_STARTUPS: readonly ExpectedSample[] = [
  { name: 'mcp_server_startup_total', labels: { server_label: 'exchange', status: 'ok' }, value: 1 },
  { name: 'mcp_server_startup_total', labels: { server_label: 'broken', status: 'error' }, value: 1 },
]

/** Name of a backend that receives metrics over OTLP. */
export type MetricStoreName = 'jaeger' | 'collector'

/** Name of a backend that stores traces. */
export type TraceStoreName = MetricStoreName | 'tempo'

/** Name of a backend that scrapes. */
export type PrometheusName = 'prometheus' | 'prometheus2'

/** The example gateway under the flag, and the engine behind it. */
export interface Gateway {
  readonly url: string
  readonly metricsUrl: string
  readonly engineUrl: string
}

/** Backends and applications, started at first use and ended together. */
export class Stage {
  readonly #files: ReadonlyMap<BackendName, string>
  readonly #parts = new Map<string, Promise<unknown>>()
  readonly #programs = new ChildPrograms((sentence) => console.error(sentence))

  /** @param files the programs of the backends */
  constructor(files: ReadonlyMap<BackendName, string>) {
    this.#files = files
  }

  /** Jaeger, the Collector or Tempo. */
  traceStore(name: TraceStoreName): Promise<TraceStore> {
    if (name !== 'tempo') return this.metricStore(name)
    return this.#once('tempo', () => startTempo(this.#file('tempo')))
  }

  /** Jaeger or the Collector. */
  metricStore(name: MetricStoreName): Promise<MetricStore> {
    const start = name === 'jaeger' ? startJaeger : startCollector
    return this.#once(name, () => start(this.#file(name)))
  }

  /** A Prometheus, which scrapes nothing yet. */
  prometheus(name: PrometheusName): Promise<Prometheus> {
    const [title, ...flags] =
      name === 'prometheus' ? ['Prometheus 3', '--web.enable-otlp-receiver'] : ['Prometheus 2.42']
    return this.#once(name, () => startPrometheus(title, this.#file(name), flags))
  }

  /** The same, scraping an application. */
  scraping(name: PrometheusName, url: string): Promise<Prometheus> {
    return this.#once(`${name} at ${url}`, async () => {
      const prometheus = await this.prometheus(name)
      await prometheus.scrape(url)
      return prometheus
    })
  }

  /** The program of a backend, for one that only runs and ends. */
  program(name: 'promtool2' | 'jaeger'): string {
    return this.#file(name)
  }

  /** Whether a backend can be started. */
  has(name: BackendName): boolean {
    return this.#files.has(name)
  }

  /**
   * A gateway that sends its traces, and pushes its metrics, to a store (`undefined`: nowhere).
   * @param title tells gateways to the same store apart
   */
  gateway(store: TraceStoreName | undefined, title = 'gateway'): Promise<Gateway> {
    return this.#once(`${title} to ${store}`, async () => {
      const otlp = store === undefined ? {} : settingsFor(store, await this.traceStore(store))
      const engineUrl = await this.#once('engine', () =>
        this.#start('engine', [pathOf('../../examples/src/engine.ts')], { PORT: '0' }),
      )
      const args = ['--import', '@vr/otel/register', pathOf('../../examples/src/gateway.ts')]
      const url = await this.#start(`${title} to ${store}`, args, {
        ...otlp,
        PORT: '0',
        ENGINE_URL: engineUrl,
        MCP_SERVERS: JSON.stringify(MCP_SERVERS),
      })
      return { url, metricsUrl: `${url}/metrics`, engineUrl }
    })
  }

  /** What a gateway shows when it has seen a mix of traffic, sent once. */
  afterTraffic(gateway: Gateway): Promise<readonly Sample[]> {
    return this.#once(`traffic of ${gateway.url}`, async () => {
      const expected = [...(await sendTraffic(`${gateway.url}/v1`, MIX)), ...MCP_STARTUPS]
      return waitFor('scrape that agrees with the traffic', async () => {
        const scraped = await scrape(gateway.metricsUrl)
        const [problem] = differences(expected, scraped, 'vllm_responses_')
        if (problem !== undefined) throw new Error(problem)
        return scraped.samples
      })
    })
  }

  /** An application with many routes that answers with its traces, of which a tenth is sampled and goes to a store. */
  routes(store: TraceStoreName): Promise<string> {
    const args = ['--import', '@vr/otel/register', pathOf('../apps/routes.mjs')]
    return this.#once(`routes to ${store}`, async () =>
      this.#start('routes', args, {
        ...settingsFor(store, await this.traceStore(store)),
        VR_TRACING_SAMPLE_RATIO: '0.1',
      }),
    )
  }

  /** `hostile-metrics.mjs`, with the flag. */
  hostile(): Promise<string> {
    const args = ['--import', '@vr/otel/register', pathOf('../apps/hostile-metrics.mjs')]
    return this.#once('hostile application', () => this.#start('hostile application', args, {}))
  }

  /** Ends everything. */
  async end(): Promise<void> {
    for (const sentence of await this.#programs.stop()) console.error(sentence)
    await stopAll()
  }

  async #start(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
    const { firstLine: line } = await this.#programs.start(name, args, env)
    const [url] = /http:\/\/[^\s/]+/.exec(line) ?? []
    if (url === undefined) throw new Error(`no URL in "${line}"`)
    return url
  }

  #once<Part>(name: string, start: () => Promise<Part>): Promise<Part> {
    const running = (this.#parts.get(name) as Promise<Part> | undefined) ?? start()
    this.#parts.set(name, running)
    return running
  }

  #file(name: BackendName): string {
    const file = this.#files.get(name)
    if (file === undefined) throw new Error(`${name} is not there`)
    return file
  }
}

/** Settings that sample and export everything at once; metrics are pushed if the store accepts them, and can always be scraped. */
function settingsFor(name: TraceStoreName, { otlpGrpcPort }: TraceStore): NodeJS.ProcessEnv {
  return {
    VR_METRICS_EXPORTER: name === 'tempo' ? 'prometheus' : 'prometheus,otlp',
    VR_METRICS_EXPORT_INTERVAL_MS: '500',
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: String(otlpGrpcPort),
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_MAX_QUEUE_SIZE: '10000',
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

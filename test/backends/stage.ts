import { fileURLToPath } from 'node:url'
import type { ExpectedSample } from '../../examples/src/load-generator/expected-samples.ts'
import { sendTraffic } from '../../examples/src/load-generator.ts'
import { ChildPrograms } from '../../examples/src/start/child-programs.ts'
import type { Sample } from '../../examples/src/start/exposition.ts'
import { differences, scrape } from '../../examples/src/start/scrape.ts'
import { runRealtimeSession } from '../websockets/realtime-session.ts'
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
  broken: { command: 'missing-mcp-server' },
}
const MCP_STARTUPS: readonly ExpectedSample[] = [
  { name: 'mcp_server_startup_total', labels: { server_label: 'mcp-server.ts', status: 'ok' }, value: 1 },
  {
    name: 'mcp_server_startup_total',
    labels: { server_label: 'missing-mcp-server', status: 'error' },
    value: 1,
  },
]

/** The feature is the modifier `anchored`: increases without extrapolation. */
const PROMETHEUS_3_FLAGS = ['--web.enable-otlp-receiver', '--enable-feature=promql-extended-range-selectors']

/** Name of a backend that receives metrics over OTLP. */
export type MetricStoreName = 'jaeger' | 'collector'

/** Name of a backend that stores traces. */
export type TraceStoreName = MetricStoreName | 'tempo'

/** Name of a backend that scrapes. */
export type PrometheusName = 'prometheus' | 'prometheus2'

/** The example gateway with `--import @vr/otel/register`, and its engine. */
export interface Gateway {
  readonly url: string
  readonly metricsUrl: string
  readonly engineUrl: string
}

/** Backends and applications, started at first use and ended together. */
export class Stage {
  readonly #files: ReadonlyMap<BackendName, string>
  readonly #parts = new Map<string, Promise<unknown>>()
  readonly #programs = new ChildPrograms((problem) => console.error(problem))

  /** @param files the programs of the backends */
  constructor(files: ReadonlyMap<BackendName, string>) {
    this.#files = files
  }

  /** Returns Jaeger, the Collector or Tempo. */
  traceStore(name: TraceStoreName): Promise<TraceStore> {
    if (name !== 'tempo') return this.metricStore(name)
    return this.#once('tempo', () => startTempo(this.#file('tempo')))
  }

  /** Returns Jaeger or the Collector. */
  metricStore(name: MetricStoreName): Promise<MetricStore> {
    const start = name === 'jaeger' ? startJaeger : startCollector
    return this.#once(name, () => start(this.#file(name)))
  }

  /** Returns a Prometheus without targets. */
  prometheus(name: PrometheusName): Promise<Prometheus> {
    const [title, ...flags] =
      name === 'prometheus' ? ['Prometheus 3', ...PROMETHEUS_3_FLAGS] : ['Prometheus 2.42']
    return this.#once(name, () => startPrometheus(title, this.#file(name), flags))
  }

  /** Returns a Prometheus that scrapes an application. */
  scraping(name: PrometheusName, url: string): Promise<Prometheus> {
    return this.#once(`${name} at ${url}`, async () => {
      const prometheus = await this.prometheus(name)
      await prometheus.scrape(url)
      return prometheus
    })
  }

  /** Returns the executable of a backend, for a command that ends. */
  program(name: 'promtool2' | 'jaeger'): string {
    return this.#file(name)
  }

  /** Whether a backend can be started. */
  has(name: BackendName): boolean {
    return this.#files.has(name)
  }

  /**
   * Returns a gateway that sends its traces to a store, and its metrics if the store accepts them.
   * @param store `undefined`: nothing is sent
   * @param title name of the gateway; another title starts another gateway
   * @param more settings of this gateway
   */
  gateway(
    store: TraceStoreName | undefined,
    title = 'gateway',
    more: NodeJS.ProcessEnv = {},
  ): Promise<Gateway> {
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
        ...more,
      })
      return { url, metricsUrl: `${url}/metrics`, engineUrl }
    })
  }

  /** Returns the samples that a gateway exposes after a mix of traffic, which is sent once. */
  afterTraffic(gateway: Gateway): Promise<readonly Sample[]> {
    return this.#once(`traffic of ${gateway.url}`, async () => {
      const expected = [...(await sendTraffic(`${gateway.url}/v1`, MIX)), ...MCP_STARTUPS]
      return waitFor('scrape with the expected counts', async () => {
        const scraped = await scrape(gateway.metricsUrl)
        const [problem] = differences(expected, scraped, 'vllm_responses_')
        if (problem !== undefined) throw new Error(problem)
        return scraped.samples
      })
    })
  }

  /** Returns the URL of an application with many routes that responds with its trace ids. It samples 10 % of its traces. */
  routes(store: TraceStoreName): Promise<string> {
    const args = ['--import', '@vr/otel/register', pathOf('../apps/routes.mjs')]
    return this.#once(`routes to ${store}`, async () =>
      this.#start('routes', args, {
        ...settingsFor(store, await this.traceStore(store)),
        VR_TRACING_SAMPLE_RATIO: '0.1',
      }),
    )
  }

  /**
   * Returns the URL of `realtime.mjs`, started with `--import @vr/otel/register`, after one session whose handshake has this
   * `traceparent`. Each turn of the session makes a call upstream.
   */
  afterRealtimeSession(store: TraceStoreName, path: string, traceparent: string): Promise<string> {
    const args = ['--import', '@vr/otel/register', pathOf('../apps/realtime.mjs')]
    return this.#once(`realtime to ${store}`, async () => {
      const upstream = await this.#start('echo', [pathOf('../apps/echo.mjs')], {})
      const settings = settingsFor(store, await this.traceStore(store))
      const url = await this.#start('realtime', args, { ...settings, UPSTREAM_URL: upstream })
      await runRealtimeSession(url + path, traceparent)
      return url
    })
  }

  /** Returns the URL of `hostile-metrics.mjs`, started with `--import @vr/otel/register`. */
  hostile(): Promise<string> {
    const args = ['--import', '@vr/otel/register', pathOf('../apps/hostile-metrics.mjs')]
    return this.#once('hostile application', () => this.#start('hostile application', args, {}))
  }

  /** Stops all backends and applications. */
  async end(): Promise<void> {
    for (const problem of await this.#programs.stop()) console.error(problem)
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
    if (file === undefined) throw new Error(`${name} was not built`)
    return file
  }
}

/** Settings that sample all traces and export without delay. Metrics can be scraped, and are pushed if the store accepts them. */
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

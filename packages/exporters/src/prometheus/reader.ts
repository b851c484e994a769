import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  MetricCollectOptions,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { CUMULATIVE, DEFAULT_AGGREGATION } from '../sdk-values.ts'
import { createHandler, type MetricsHandler } from './http/handler.ts'
import { createMetricsServer, type MetricsServer } from './http/server.ts'
import type { TranslationStrategy } from './naming/metric-name.ts'
import { ScrapeCoordinator } from './scrape/scrape-coordinator.ts'

/** Options of a `PrometheusReader`; those of `@opentelemetry/exporter-prometheus` keep their names. */
export interface PrometheusReaderOptions {
  /** Put before every metric name but `target_info`, joined by `_`. Default: none. */
  readonly prefix?: string
  /** Address of `startServer`. Default `127.0.0.1`: this machine only. */
  readonly host?: string
  /** Port of `startServer`, `0` for any free one. Default 9464. */
  readonly port?: number
  /** Path of `startServer`. Default `/metrics`. */
  readonly endpoint?: string
  /** Resource attributes whose key matches become labels of every series. Default: none. */
  readonly withResourceConstantLabels?: RegExp
  /** No `otel_scope_*` labels at all. Series of different scopes that become equal are added up. Default false. */
  readonly withoutScopeInfo?: boolean
  /** No `target_info`. Default false. */
  readonly withoutTargetInfo?: boolean
  /** Further sources of metrics, collected with those of the provider. */
  readonly metricProducers?: MetricProducer[]
  /** Names of instruments that no scrape shows; other readers of the provider still do. Default: none. */
  readonly excludedInstruments?: readonly string[]
  /** How names and labels are made. Default `UnderscoreEscapingWithSuffixes`: `http_requests_total`. */
  readonly translationStrategy?: TranslationStrategy
  /** Names of scopes whose series have no `otel_scope_*` labels. Default: none. */
  readonly unlabelledScopes?: readonly string[]
  /**
   * `_created` series in OpenMetrics. Default false: Prometheus stores each as a series of its own unless
   * told to read them as start times.
   */
  readonly created?: boolean
  /** If set, a scrape needs `Authorization: Bearer …`; blank is unset. */
  readonly token?: string
}

/** Series an instrument may have if the provider has no limit of its own, as upstream's readers say. */
const DEFAULT_CARDINALITY_LIMIT = 2000

/**
 * A metric reader that answers scrapes as Prometheus text 0.0.4, text 1.0.0 or OpenMetrics 1.0.0 with
 * exemplars, whichever the scraper asks for. It works with any provider that takes a `MetricReader`; it
 * listens nowhere until `startServer` is called or its handler is put into a server.
 *
 * It has the shape of upstream's `MetricReader` and does not extend it: that class brings the whole SDK.
 */
export class PrometheusReader implements IMetricReader {
  /** Answers one request, whatever its path. Can be passed on by itself; never throws. */
  readonly handler: MetricsHandler
  readonly #options: PrometheusReaderOptions
  readonly #producers: MetricProducer[]
  readonly #excluded: ReadonlySet<string>
  #isBound = false
  #isShutDown = false
  #server: MetricsServer | undefined

  constructor(options: PrometheusReaderOptions = {}) {
    this.#options = options
    this.#producers = [...(options.metricProducers ?? [])]
    this.#excluded = new Set(options.excludedInstruments)
    const scrapes = new ScrapeCoordinator((limits) => this.collect(limits), {
      prefix: options.prefix ?? '',
      translationStrategy: options.translationStrategy ?? 'UnderscoreEscapingWithSuffixes',
      withResourceConstantLabels: options.withResourceConstantLabels,
      withoutScopeInfo: options.withoutScopeInfo ?? false,
      withoutTargetInfo: options.withoutTargetInfo ?? false,
      unlabelledScopes: new Set(options.unlabelledScopes),
      created: options.created ?? false,
    })
    this.handler = createHandler(scrapes, options.token?.trim())
  }

  /** Listens at `host` and `port` of the options. Resolves when it does; a port in use is waited for. */
  async startServer(): Promise<void> {
    const { host, port, endpoint } = this.#options
    this.#server ??= createMetricsServer({
      reader: this,
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(endpoint === undefined ? {} : { path: endpoint }),
    })
    await this.#server.listen()
  }

  /** Stops what `startServer` started. */
  async stopServer(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  /**
   * Called by the provider that the reader is given to.
   * @throws Error at a second call: a reader belongs to one provider
   */
  setMetricProducer(producer: MetricProducer): void {
    if (this.#isBound) throw new Error('PrometheusReader can not be bound to a MeterProvider again.')
    this.#isBound = true
    this.#producers.unshift(producer)
  }

  /** Always the default of the instrument. */
  selectAggregation(): AggregationOption {
    return { type: DEFAULT_AGGREGATION }
  }

  /** Always cumulative: a scraper may come at any time, and there may be several. */
  selectAggregationTemporality(): AggregationTemporality {
    return CUMULATIVE
  }

  /** Always upstream's default. */
  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT
  }

  /**
   * Collects from the provider, and from the further producers of the options; one of those that fails is among the
   * errors, and the rest is there.
   * @throws Error if the reader was given to no provider, or is shut down
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (!this.#isBound) throw new Error('PrometheusReader is not bound to a MeterProvider.')
    if (this.#isShutDown) throw new Error('PrometheusReader is shut down.')
    const [own, ...others] = await Promise.allSettled(
      this.#producers.map(async (producer) => producer.collect(options)),
    )
    if (own?.status !== 'fulfilled') throw own?.reason
    const { resourceMetrics, errors } = own.value
    const collected = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))
    const failed = others.flatMap((other) => (other.status === 'rejected' ? [other.reason] : []))
    const foreign = collected.flatMap((result) => result.resourceMetrics.scopeMetrics)
    const shown = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.filter(({ descriptor }) => !this.#excluded.has(descriptor.name)),
    }))
    return {
      resourceMetrics: { ...resourceMetrics, scopeMetrics: [...shown, ...foreign] },
      errors: [...errors, ...collected.flatMap((result) => result.errors), ...failed],
    }
  }

  /** Nothing waits to be sent: it is asked for. */
  async forceFlush(): Promise<void> {}

  /** Stops what `startServer` started, and answers no scrape any more. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true
    await this.stopServer()
  }
}

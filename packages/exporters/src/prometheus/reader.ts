import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  MetricCollectOptions,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { AGGREGATION, CUMULATIVE } from '@vr/otel-metrics/internal'
import { collectAll } from '../collect-all.ts'
import { createHandler, type MetricsHandler } from './http/handler.ts'
import { createMetricsServer, type MetricsServer } from './http/server.ts'
import type { TranslationStrategy } from './naming/metric-name.ts'
import { ScrapeCoordinator } from './scrape/scrape-coordinator.ts'
import type { CollectedFamily } from './text/collected-families.ts'

/** Options of a `PrometheusReader`. Those of `@opentelemetry/exporter-prometheus` keep their names. */
export interface PrometheusReaderOptions {
  /** Prepended to every metric name but `target_info`, joined by `_`. Default: none. */
  readonly prefix?: string
  /** Address of `startServer`. Default `127.0.0.1`: reachable from this machine only. */
  readonly host?: string
  /** Port of `startServer`, `0` for any free one. Default 9464. */
  readonly port?: number
  /** Path of `startServer`. Default `/metrics`. */
  readonly endpoint?: string
  /** Pattern of resource attributes that become labels of every series. Default: none. */
  readonly withResourceConstantLabels?: RegExp
  /**
   * Omits the `otel_scope_*` labels. Series of different scopes that become equal are added. Default false.
   */
  readonly withoutScopeInfo?: boolean
  /** Omits `target_info`. Default false. */
  readonly withoutTargetInfo?: boolean
  /** Additional metric producers, collected together with the provider. Default: none. */
  readonly metricProducers?: MetricProducer[]
  /**
   * Names of instruments that are not exposed; other readers of the provider still export them. Default:
   * none.
   */
  readonly excludedInstruments?: readonly string[]
  /**
   * How metric and label names are translated. Default `UnderscoreEscapingWithSuffixes`:
   * `http_requests_total`.
   */
  readonly translationStrategy?: TranslationStrategy
  /** Names of instrumentation scopes whose series have no `otel_scope_*` labels. Default: none. */
  readonly unlabelledScopes?: readonly string[]
  /**
   * Adds `_created` series in OpenMetrics. Default false: Prometheus stores each as a series of its own,
   * unless it is configured to read them as start times.
   */
  readonly created?: boolean
  /** If set, scrapes need `Authorization: Bearer …`. Blank text counts as unset. */
  readonly token?: string
}

/** Cardinality limit if the provider has none, as in upstream's readers. */
const DEFAULT_CARDINALITY_LIMIT = 2000

/**
 * A metric reader with a scrape handler. It writes Prometheus text 0.0.4, text 1.0.0 or OpenMetrics 1.0.0
 * with exemplars, as the scraper requests. It works with any provider that accepts a `MetricReader`. It opens
 * no port until `startServer` is called; the handler can also be used on a server of the application.
 *
 * It implements upstream's reader interface without extending its class, which would load the whole SDK. See
 * docs/decisions/own-prometheus-reader.md.
 */
export class PrometheusReader implements IMetricReader {
  /** Responds to one scrape, whatever the path of the request. Bound to the reader; never throws. */
  readonly handler: MetricsHandler
  readonly #options: PrometheusReaderOptions
  readonly #producers: MetricProducer[]
  readonly #excluded: ReadonlySet<string>
  readonly #scrapes: ScrapeCoordinator
  #isBound = false
  #isShutDown = false
  #server: MetricsServer | undefined

  constructor(options: PrometheusReaderOptions = {}) {
    this.#options = options
    this.#producers = [...(options.metricProducers ?? [])]
    this.#excluded = new Set(options.excludedInstruments)
    this.#scrapes = new ScrapeCoordinator((limits) => this.collect(limits), {
      prefix: options.prefix ?? '',
      translationStrategy: options.translationStrategy ?? 'UnderscoreEscapingWithSuffixes',
      withResourceConstantLabels: options.withResourceConstantLabels,
      withoutScopeInfo: options.withoutScopeInfo ?? false,
      withoutTargetInfo: options.withoutTargetInfo ?? false,
      unlabelledScopes: new Set(options.unlabelledScopes),
      created: options.created ?? false,
    })
    this.handler = createHandler(this.#scrapes, options.token?.trim())
  }

  /**
   * Starts to listen on `host` and `port` of the options. Resolves when the port is open; a port in use is
   * retried.
   */
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

  /** Stops the server of `startServer`. */
  async stopServer(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  /**
   * Called by the provider.
   * @throws Error at the second call: a reader belongs to one provider
   */
  setMetricProducer(producer: MetricProducer): void {
    if (this.#isBound) throw new Error('PrometheusReader cannot be bound to a MeterProvider again.')
    this.#isBound = true
    this.#producers.unshift(producer)
  }

  /** Returns the default aggregation of the instrument. */
  selectAggregation(): AggregationOption {
    return { type: AGGREGATION.DEFAULT }
  }

  /** Returns cumulative: several scrapers can scrape at any time. */
  selectAggregationTemporality(): AggregationTemporality {
    return CUMULATIVE
  }

  /** Returns upstream's default. */
  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT
  }

  /**
   * Collects from the provider and the additional producers. If an additional producer fails, its error is
   * returned with the metrics of the others.
   * @throws Error if the reader has no provider or is shut down, or the error of the provider
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (!this.#isBound) throw new Error('PrometheusReader is not bound to a MeterProvider.')
    if (this.#isShutDown) throw new Error('PrometheusReader is shut down.')
    return await collectAll(this.#producers, this.#excluded, options)
  }

  /**
   * Collects, and returns the counters, gauges and histograms that a scrape would expose, as data.
   * @param timeoutMs time limit of the collection, in milliseconds
   * @throws TimeoutError after this time, or the error of the collection
   */
  async collectFamilies(timeoutMs: number): Promise<CollectedFamily[]> {
    return await this.#scrapes.families(timeoutMs)
  }

  /** Does nothing: metrics are pulled. */
  async forceFlush(): Promise<void> {}

  /** Stops the server of `startServer`. Later scrapes fail. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true
    await this.stopServer()
  }
}

import { AggregationTemporality, type MetricProducer, MetricReader } from '@opentelemetry/sdk-metrics'
import { createHandler, type MetricsHandler } from './handler.ts'
import type { TranslationStrategy } from './naming.ts'
import { Scrapes } from './scrape.ts'
import { createMetricsServer, type MetricsServer } from './server.ts'

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
  /** How names and labels are made. Default `UnderscoreEscapingWithSuffixes`: `http_requests_total`. */
  readonly translationStrategy?: TranslationStrategy
  /** Names of scopes whose series have no `otel_scope_*` labels. Default: none. */
  readonly plainScopes?: readonly string[]
  /**
   * `_created` series in OpenMetrics. Default false: Prometheus stores each as a series of its own unless
   * told to read them as start times.
   */
  readonly created?: boolean
  /** If set, a scrape needs `Authorization: Bearer …`; blank is unset. */
  readonly token?: string
}

/**
 * A metric reader that answers scrapes as Prometheus text 0.0.4, text 1.0.0 or OpenMetrics 1.0.0 with
 * exemplars, whichever the scraper asks for. It works with any provider that takes a `MetricReader`; it
 * listens nowhere until `startServer` is called or its handler is put into a server.
 */
export class PrometheusReader extends MetricReader {
  /** Answers one request, whatever its path. Can be passed on by itself; never throws. */
  readonly handler: MetricsHandler
  readonly #options: PrometheusReaderOptions
  #server: MetricsServer | undefined

  constructor(options: PrometheusReaderOptions = {}) {
    super({
      aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
      otelComponentType: 'prometheus_http_text_metric_exporter',
      metricProducers: options.metricProducers ?? [],
    })
    this.#options = options
    const scrapes = new Scrapes((limits) => this.collect(limits), {
      prefix: options.prefix ?? '',
      translationStrategy: options.translationStrategy ?? 'UnderscoreEscapingWithSuffixes',
      withResourceConstantLabels: options.withResourceConstantLabels,
      withoutScopeInfo: options.withoutScopeInfo ?? false,
      withoutTargetInfo: options.withoutTargetInfo ?? false,
      plainScopes: new Set(options.plainScopes),
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

  protected override async onForceFlush(): Promise<void> {}

  protected override onShutdown(): Promise<void> {
    return this.stopServer()
  }
}

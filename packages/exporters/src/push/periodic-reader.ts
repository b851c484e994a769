import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import {
  AGGREGATION,
  CUMULATIVE,
  clearInterval,
  logger,
  setInterval,
  settleWithin,
} from '@vr/otel-metrics/internal'
import { collectAll } from '../collect-all.ts'

/** Options of {@link PeriodicReader}. */
export interface PeriodicReaderOptions {
  /** Receives the metrics of every collection. It is shut down with the reader. */
  readonly exporter: PushMetricExporter
  /** Interval between two exports, in milliseconds. Default 60 000. */
  readonly exportIntervalMillis?: number
  /**
   * Timeout of a collection, in milliseconds: slower instruments are omitted. Default 30 000, at most the interval or one
   * second, whichever is longer; 125 for a flush.
   */
  readonly collectTimeoutMillis?: number
  /**
   * Names of instruments that are not exported; other readers of the provider still export them. Default: none.
   */
  readonly excludedInstruments?: readonly string[]
  /** Additional metric producers, collected together with the provider. Default: none. */
  readonly metricProducers?: readonly MetricProducer[]
}

/** Cardinality limit if the provider has none, as in upstream's readers. */
const DEFAULT_CARDINALITY_LIMIT = 2000

/**
 * Timeout of a flush for a running collection, and again for its own collection, in milliseconds. Together they take at most
 * half of the time by which a flush may delay the end of the process.
 */
const FLUSH_TIMEOUT = 125

/**
 * Collects metrics at an interval and passes them to an exporter without waiting for it, so that an exporter
 * with a queue never delays a collection. Its timer does not keep the process alive. Works with any provider.
 * It implements upstream's reader interface without extending its class, which would load the whole SDK.
 */
export class PeriodicReader implements IMetricReader {
  readonly #exporter: PushMetricExporter
  readonly #interval: number
  readonly #timeout: number
  readonly #excluded: ReadonlySet<string>
  readonly #additional: readonly MetricProducer[]
  #producer: MetricProducer | undefined
  #timer: NodeJS.Timeout | undefined
  #collection: Promise<void> | undefined
  #shutdown: Promise<void> | undefined

  constructor(options: PeriodicReaderOptions) {
    const { exportIntervalMillis = 60_000, collectTimeoutMillis = 30_000 } = options
    this.#exporter = options.exporter
    this.#excluded = new Set(options.excludedInstruments)
    this.#additional = options.metricProducers ?? []
    this.#interval = exportIntervalMillis
    this.#timeout = Math.min(collectTimeoutMillis, Math.max(exportIntervalMillis, 1000))
  }

  /**
   * Called by the provider. Starts the collections.
   * @throws Error at the second call: a reader belongs to one provider
   */
  setMetricProducer(producer: MetricProducer): void {
    if (this.#producer !== undefined)
      throw new Error('PeriodicReader cannot be bound to a MeterProvider again.')
    this.#producer = producer
    this.#timer = setInterval(() => void this.#export(this.#timeout), this.#interval).unref()
  }

  /** Returns the exporter's choice, else the default of the instrument. */
  selectAggregation(type: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(type) ?? { type: AGGREGATION.DEFAULT }
  }

  /** Returns the exporter's choice, else cumulative. */
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE
  }

  /** Returns upstream's default. */
  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT
  }

  /**
   * Collects from the provider, without the excluded instruments, and from the additional producers.
   * @throws Error if the reader has no provider, or the error of the provider
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error('PeriodicReader is not bound to a MeterProvider.')
    return await collectAll([this.#producer, ...this.#additional], this.#excluded, options)
  }

  /** Collects, exports, and resolves when the exporter has flushed. Never rejects. */
  async forceFlush(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown
    await this.#exportNow()
    await this.#end('forceFlush')
  }

  /**
   * Collects and exports a last time, and shuts the exporter down. A second call returns the same promise.
   * Never rejects.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#exportNow().then(() => this.#end('shutdown'))
    clearInterval(this.#timer)
    return this.#shutdown
  }

  /**
   * A running collection may miss the latest measurements, so a second one follows it, or replaces it if it
   * hangs.
   */
  async #exportNow(): Promise<void> {
    const limit = Math.min(this.#timeout, FLUSH_TIMEOUT)
    const running = this.#collection
    if (running !== undefined) {
      await settleWithin(running, limit)
      if (this.#collection === running) this.#collection = undefined
    }
    await this.#export(limit)
  }

  async #end(how: 'forceFlush' | 'shutdown'): Promise<void> {
    try {
      await this.#exporter[how]()
    } catch (error) {
      logger.debug(`metrics: ${how} of the exporter failed:`, error)
    }
  }

  /** Starts a collection unless one is running; then returns that one's promise. */
  #export(timeoutMillis: number): Promise<void> {
    if (this.#collection !== undefined) return this.#collection
    const collection = this.#collectOnce(timeoutMillis).finally(() => {
      if (this.#collection === collection) this.#collection = undefined
    })
    this.#collection = collection
    return collection
  }

  async #collectOnce(timeoutMillis: number): Promise<void> {
    try {
      const { resourceMetrics, errors } = await this.collect({ timeoutMillis })
      for (const error of errors) logger.debug('metrics: an instrument could not be collected:', error)
      if (hasPoints(resourceMetrics)) this.#exporter.export(resourceMetrics, () => {})
    } catch (error) {
      logger.debug('metrics: collection failed:', error)
    }
  }
}

function hasPoints({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some(({ dataPoints }) => dataPoints.length > 0))
}

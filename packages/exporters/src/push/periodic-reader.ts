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
import { clearInterval, logger, setInterval, settleWithin } from '@vr/otel-metrics/internal'
import { CUMULATIVE, DEFAULT_AGGREGATION } from '../sdk-values.ts'

/** Options of {@link PeriodicReader}. */
export interface PeriodicReaderOptions {
  readonly exporter: PushMetricExporter
  /** From one export to the next, in milliseconds. Default 60 000. */
  readonly exportIntervalMillis?: number
  /**
   * How long a collection may take, in milliseconds; instruments that are not done by then are left out. Default
   * 30 000, and never more than the interval or a second, whichever is longer; 125 when it is flushed.
   */
  readonly collectTimeoutMillis?: number
}

/** Series an instrument may have if the provider has no limit of its own, as upstream's readers say. */
const DEFAULT_CARDINALITY_LIMIT = 2000

/**
 * How long a flush waits for the collection that is running, and then for its own, in milliseconds: together, half of
 * what the end of a process may be held up.
 */
const FLUSH_TIMEOUT = 125

/**
 * Collects at intervals and hands what it got to an exporter, without waiting for it: an exporter that keeps a line of
 * its own never delays a collection. Its timer does not keep the process alive. Works with any provider, and has the
 * shape of upstream's readers without extending them: their class brings the whole SDK.
 */
export class PeriodicReader implements IMetricReader {
  readonly #exporter: PushMetricExporter
  readonly #interval: number
  readonly #timeout: number
  #producer: MetricProducer | undefined
  #timer: NodeJS.Timeout | undefined
  #collection: Promise<void> | undefined
  #shutdown: Promise<void> | undefined

  constructor(options: PeriodicReaderOptions) {
    const { exportIntervalMillis = 60_000, collectTimeoutMillis = 30_000 } = options
    this.#exporter = options.exporter
    this.#interval = exportIntervalMillis
    this.#timeout = Math.min(collectTimeoutMillis, Math.max(exportIntervalMillis, 1000))
  }

  /**
   * Called by the provider that the reader is given to: from now on it collects.
   * @throws Error at a second call: a reader belongs to one provider
   */
  setMetricProducer(producer: MetricProducer): void {
    if (this.#producer !== undefined)
      throw new Error('PeriodicReader can not be bound to a MeterProvider again.')
    this.#producer = producer
    this.#timer = setInterval(() => void this.#export(this.#timeout), this.#interval).unref()
  }

  /** As the exporter says; the default of the instrument otherwise. */
  selectAggregation(type: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(type) ?? { type: DEFAULT_AGGREGATION }
  }

  /** As the exporter says; cumulative otherwise. */
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return this.#exporter.selectAggregationTemporality?.(type) ?? CUMULATIVE
  }

  /** Always upstream's default. */
  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT
  }

  /**
   * Collects from the provider.
   * @throws Error if the reader was given to no provider
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error('PeriodicReader is not bound to a MeterProvider.')
    return this.#producer.collect(options)
  }

  /** Collects, exports, and settles when the exporter has sent what it could. Never rejects. */
  async forceFlush(): Promise<void> {
    if (this.#shutdown !== undefined) return this.#shutdown
    await this.#exportNow()
    await this.#end('forceFlush')
  }

  /** Collects and exports a last time, and ends the exporter; a second call waits for the first. Never rejects. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#exportNow().then(() => this.#end('shutdown'))
    clearInterval(this.#timer)
    return this.#shutdown
  }

  /** What is being collected may have missed what was recorded just now; it is waited for, unless it hangs. */
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
      logger.debug(`the exporter of metrics failed at ${how}:`, error)
    }
  }

  /** One collection at a time: a second call gets the first one's. */
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
      for (const error of errors) logger.debug('a metric could not be collected:', error)
      if (hasPoints(resourceMetrics)) this.#exporter.export(resourceMetrics, () => {})
    } catch (error) {
      logger.debug('metrics could not be collected:', error)
    }
  }
}

function hasPoints({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some(({ dataPoints }) => dataPoints.length > 0))
}

import type { AggregationTemporality, IMetricReader, InstrumentType } from '@opentelemetry/sdk-metrics'
import { AGGREGATION, CUMULATIVE } from '../sdk-values.ts'
import type { ObservedStream } from '../series/observed-stream.ts'
import type { SyncStream } from '../series/sync-stream.ts'
import type { TrackedMetric } from './tracked-metric.ts'

/** Receives the cumulative streams of all instruments of a provider. */
export interface StreamListener {
  /** Called once for each synchronous stream. */
  addSyncStream(stream: SyncStream, metric: TrackedMetric): void
  /**
   * Called once for each asynchronous stream.
   * @param observed the stream whose observations `stream` gets: itself, or the stream of another reader
   */
  addObservedStream(stream: ObservedStream, metric: TrackedMetric, observed: ObservedStream): void
}

/**
 * The reader of a change tracker: makes a provider keep a cumulative stream of each instrument. It selects what the first reader
 * selects, so that it shares the streams of cumulative readers. It never collects.
 */
export class ChangeReader implements IMetricReader {
  readonly listener: StreamListener
  readonly #others: readonly IMetricReader[]

  /** @param others readers of the provider */
  constructor(listener: StreamListener, others: readonly IMetricReader[]) {
    this.listener = listener
    this.#others = [...others]
  }

  selectAggregation(type: InstrumentType): ReturnType<IMetricReader['selectAggregation']> {
    const selected = this.#others.map((reader) => reader.selectAggregation(type))
    return selected.find((option) => option.type !== AGGREGATION.DROP) ?? { type: AGGREGATION.DEFAULT }
  }

  selectAggregationTemporality(): AggregationTemporality {
    return CUMULATIVE
  }

  selectCardinalityLimit(type: InstrumentType): number {
    // NaN is no limit, so the provider's applies.
    return this.#others[0]?.selectCardinalityLimit?.(type) ?? Number.NaN
  }

  setMetricProducer(): void {}

  async collect(): Promise<never> {
    throw new Error('a change tracker does not collect')
  }

  async shutdown(): Promise<void> {}

  async forceFlush(): Promise<void> {}
}

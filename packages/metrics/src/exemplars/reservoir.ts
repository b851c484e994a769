import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from './exemplar.ts'

/**
 * Chooses which measurements of one series become exemplars (specification metrics/sdk.md "ExemplarReservoir"). One
 * instance per series, made at the first measurement that the filter lets through; for asynchronous instruments one per
 * series and collection.
 */
export interface ExemplarReservoir {
  /**
   * Called for every measurement that the filter lets through. Must not keep the context.
   *
   * @param value in the unit of the instrument
   * @param now the time of the measurement in epoch milliseconds, if asked during the call: reading the clock costs
   * more than the rest, and most measurements are not kept
   * @param attributes the attributes as they were given, before any view; they may change after the call
   * @param context the one that was passed to the instrument, else the active one; of asynchronous instruments the root
   * context
   */
  offer(value: number, now: () => number, attributes: Attributes, context: Context): void

  /**
   * Called at every collection of the series. A cumulative stream keeps its reservoir: what is returned once may be
   * returned again, so that a scrape does not take another reader's exemplars. A delta stream starts a new one.
   *
   * @param pointAttributes the attributes of the data point; the others of the measurement are the filtered ones
   */
  collect(pointAttributes: Attributes): Exemplar[]
}

/** What a reservoir factory may want to know of the stream. */
export interface ReservoirStream {
  /** Inclusive upper bounds of an explicit bucket histogram; empty for all other aggregations. */
  readonly boundaries: readonly number[]
  /** Buckets of an exponential histogram; 0 for all other aggregations. */
  readonly maxSize: number
}

/** Makes the reservoir of one series. */
export type ExemplarReservoirFactory = (stream: ReservoirStream) => ExemplarReservoir

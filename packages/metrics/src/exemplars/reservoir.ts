import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from './exemplar.ts'

/**
 * Chooses which measurements of one series become exemplars (specification metrics/sdk.md "ExemplarReservoir"). Each
 * series has its own instance, created at the first measurement that passes the exemplar filter. For asynchronous
 * instruments, each collection creates new ones.
 */
export interface ExemplarReservoir {
  /**
   * Called for every measurement that passes the exemplar filter. Must not keep the context.
   *
   * @param value in the unit of the instrument
   * @param now returns the time of the measurement in epoch milliseconds; valid during the call. A function, since
   * reading the clock is expensive and most measurements are not kept
   * @param attributes attributes of the measurement before any view; may change after the call
   * @param context the context passed to the instrument, else the active one; the root context for asynchronous
   * instruments
   */
  offer(value: number, now: () => number, attributes: Attributes, context: Context): void

  /**
   * Called at every collection of the series. A cumulative stream keeps its reservoir, which should return the same
   * exemplars again until new ones replace them: several readers can collect it. A delta stream creates a new reservoir
   * for each interval.
   *
   * @param pointAttributes attributes of the data point; the measurement's other attributes are its filtered attributes
   */
  collect(pointAttributes: Attributes): Exemplar[]
}

/** Properties of the stream for which a reservoir is created. */
export interface ReservoirStream {
  /** Inclusive upper bounds of an explicit bucket histogram; empty for other aggregations. */
  readonly boundaries: readonly number[]
  /** Maximum number of buckets of an exponential histogram; 0 for other aggregations. */
  readonly maxSize: number
}

/** Creates the reservoir of one series. */
export type ExemplarReservoirFactory = (stream: ReservoirStream) => ExemplarReservoir

import type { Attributes, HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'

/**
 * One recorded measurement that stands for its data point (specification metrics/sdk.md "Exemplar"), in the shape
 * that upstream's SDK proposes.
 */
export interface Exemplar {
  /** Attributes of the measurement that are not on the data point. */
  readonly filteredAttributes: Attributes
  /** In the unit of the instrument. */
  readonly value: number
  /** When the measurement was made. */
  readonly timestamp: HrTime
  /** 16 hex digits; absent if no sampled span was active. */
  readonly spanId?: string
  /** 32 hex digits; absent if no sampled span was active. */
  readonly traceId?: string
}

/** An upstream data point that may carry exemplars: the contract with exporters. */
export type DataPointWithExemplars<T> = DataPoint<T> & { readonly exemplars?: Exemplar[] }

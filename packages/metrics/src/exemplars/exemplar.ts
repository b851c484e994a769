import type { Attributes, HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'

/**
 * An example measurement of a data point (specification metrics/sdk.md "Exemplar"). Has the type that opentelemetry-js
 * proposes.
 */
export interface Exemplar {
  /** Attributes of the measurement that are not on the data point. */
  readonly filteredAttributes: Attributes
  /** In the unit of the instrument. */
  readonly value: number
  /** Time of the measurement. */
  readonly timestamp: HrTime
  /** 16 hex digits; absent if no sampled span was active. */
  readonly spanId?: string
  /** 32 hex digits; absent if no sampled span was active. */
  readonly traceId?: string
}

/** A data point of sdk-metrics that may have exemplars: the interface to exporters. */
export type DataPointWithExemplars<T> = DataPoint<T> & { readonly exemplars?: Exemplar[] }

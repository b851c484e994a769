import type { Attributes, HrTime } from '@opentelemetry/api'
import type { AggregationStorage } from './aggregation-storage.ts'
import type { CollectedExemplars } from './collected-exemplars.ts'
import type { StreamOptions } from './stream.ts'

/** State of a stream at one collection. Data points are built from it later, in batches. */
export interface StreamSnapshot {
  readonly options: Pick<StreamOptions, 'descriptor' | 'aggregation' | 'temporality'>
  /** Number of series. The arrays may have grown since. */
  readonly size: number
  readonly attributes: readonly Attributes[]
  /** Start time of each series, by slot. */
  readonly starts: readonly HrTime[]
  /** Start time of all data points of a delta stream; undefined for cumulative streams. */
  readonly intervalStart: HrTime | undefined
  readonly endTime: HrTime
  readonly storage: Pick<AggregationStorage, 'point'>
  readonly exemplars: Pick<CollectedExemplars, 'errors' | 'forSlot'>
}

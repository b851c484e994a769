import type { Attributes, HrTime } from '@opentelemetry/api'
import type { AggregationStorage } from './aggregation-storage.ts'
import type { CollectedExemplars } from './collected-exemplars.ts'
import type { StreamOptions } from './stream.ts'

/** The state of one stream at one moment; data points are built from it afterwards, in slices. */
export interface StreamSnapshot {
  readonly options: Pick<StreamOptions, 'descriptor' | 'aggregation' | 'temporality'>
  /** Slots below this number belong to the snapshot; the arrays may have grown since. */
  readonly size: number
  readonly attributes: readonly Attributes[]
  /** Start times by slot. */
  readonly starts: readonly HrTime[]
  /** The start time of all, of a delta stream. */
  readonly intervalStart: HrTime | undefined
  readonly endTime: HrTime
  readonly storage: AggregationStorage
  readonly exemplars: CollectedExemplars
}

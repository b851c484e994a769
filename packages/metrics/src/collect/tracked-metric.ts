import type { Attributes, HrTime } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { Aggregation } from '../series/aggregation.ts'
import type { AggregationStorage } from '../series/aggregation-storage.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'

/** A metric whose changes are tracked. */
export interface TrackedMetric {
  readonly scope: InstrumentationScope
  /** After the view. */
  readonly descriptor: InstrumentDescriptor
  readonly aggregation: Aggregation
}

/** The series of a tracked metric, by slot. */
export interface TrackedSeries {
  readonly metric: TrackedMetric
  readonly attributes: readonly Attributes[]
  readonly starts: readonly HrTime[]
  /** Current values; later measurements change them. */
  readonly storage: AggregationStorage
  /** The ids of the series by slot on the connection over which they were last sent. Kept here, so that no look-up is necessary. */
  sent: { readonly connection: object; readonly ids: (number | undefined)[] } | undefined
  /** Returns the exemplars of this series that were not returned before. Never throws. */
  newExemplars(slot: number): readonly Exemplar[]
}

/** Changes of the series of one metric since they were last taken. */
export interface StreamChanges {
  readonly series: TrackedSeries
  /** Slots of the series whose value changed. */
  readonly slots: readonly number[]
  /** Slots of series that are no longer observed. They can occur in later changes again. */
  readonly removed: readonly number[]
  /** Slots of series that may have new exemplars. Empty unless exemplars were asked for. */
  readonly withExemplars: readonly number[]
}

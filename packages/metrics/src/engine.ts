/** Exports for `@vr/otel` and `@vr/otel-exporters` only: the metrics of engines; may change in any version. */

export type {
  Family,
  FamilyBucket,
  FamilyExemplar,
  FamilyQuantile,
  FamilyType,
  HistogramFamily,
  HistogramPoint,
  Labels,
  NumberFamily,
  NumberPoint,
  SummaryFamily,
  SummaryPoint,
} from './engine/family.ts'
export { ExpositionError, type ExpositionFault } from './engine/parse/exposition-error.ts'
export { DEFAULT_LIMITS, type ExpositionLimits } from './engine/parse/limits.ts'

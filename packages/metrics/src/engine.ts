/** Exports for `@vr/otel` and `@vr/otel-exporters` only: the metrics of engines; may change in any version. */

export type {
  InstrumentType,
  MetricData,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
export { EngineMetrics, type EngineMetricsOptions } from './engine/engine-metrics.ts'
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
export { FETCH_FAULTS, type FetchFault } from './engine/fetch/fetch-error.ts'
export type { Upstream } from './engine/fetch/upstream.ts'
export { mergeWorkers, type WorkerFamily } from './engine/join/merge-workers.ts'
export { DeltaConverter } from './engine/join/to-deltas.ts'
export { FamilyConverter } from './engine/join/to-metrics.ts'
export type { Dialect } from './engine/parse/dialect.ts'
export { ExpositionError, type ExpositionFault } from './engine/parse/exposition-error.ts'
export { DEFAULT_LIMITS, type ExpositionLimits } from './engine/parse/limits.ts'
export { parseExposition, parseInSlices } from './engine/parse/parse-exposition.ts'
export { isSafeFamily } from './engine/safe-family.ts'
export type { DropReason, UpstreamState } from './engine/upstream-state.ts'
export { decodeFamily, encodeFamily } from './engine/wire/encode-family.ts'

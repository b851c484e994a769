import type { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics'
import { CUMULATIVE, DELTA } from '@vr/otel-metrics/internal'

/** `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory'

/** Instrument types with delta temporality for each preference, as in {@link InstrumentType}. */
const DELTAS: Readonly<Record<TemporalityPreference, readonly string[]>> = {
  cumulative: [],
  delta: ['COUNTER', 'OBSERVABLE_COUNTER', 'HISTOGRAM', 'GAUGE', 'OBSERVABLE_GAUGE'],
  lowmemory: ['COUNTER', 'HISTOGRAM'],
}

/**
 * Returns the temporality selector of a preference (specification, metrics/sdk_exporters/otlp.md): `delta`
 * uses delta for all but up-down counters, `lowmemory` only for synchronous counters and histograms.
 */
export function temporalitySelector(
  preference: TemporalityPreference,
): (type: InstrumentType) => AggregationTemporality {
  const deltas = DELTAS[preference]
  return (type) => (deltas.includes(type) ? DELTA : CUMULATIVE)
}

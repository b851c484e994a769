import type { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics'
import { CUMULATIVE, DELTA } from '../sdk-values.ts'

/** `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory'

/** By preference, which instruments have delta temporality, as {@link InstrumentType} names them. */
const DELTAS: Readonly<Record<TemporalityPreference, readonly string[]>> = {
  cumulative: [],
  delta: ['COUNTER', 'OBSERVABLE_COUNTER', 'HISTOGRAM', 'GAUGE', 'OBSERVABLE_GAUGE'],
  lowmemory: ['COUNTER', 'HISTOGRAM'],
}

/**
 * The temporality of an instrument (specification metrics/sdk_exporters/otlp.md): `delta` for all but up-down
 * counters; `lowmemory` for the synchronous counter and the histogram alone.
 */
export function temporalitySelector(
  preference: TemporalityPreference,
): (type: InstrumentType) => AggregationTemporality {
  const deltas = DELTAS[preference]
  return (type) => (deltas.includes(type) ? DELTA : CUMULATIVE)
}

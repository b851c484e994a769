import { createNoopMeter, type MeterProvider } from '@opentelemetry/api'

const meter = createNoopMeter()

/**
 * The meter provider of instrumentations from OpenTelemetry. The `http.*` durations are recorded by the group
 * `http_semconv` only, once per call, sampled or not.
 */
export const NOOP_METER_PROVIDER: MeterProvider = { getMeter: () => meter }

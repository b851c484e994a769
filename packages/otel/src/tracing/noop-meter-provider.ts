import { createNoopMeter, type MeterProvider } from '@opentelemetry/api'

const meter = createNoopMeter()

/**
 * The meter provider of the instrumentations that are upstream's: `http.*` durations are recorded by our own group only,
 * once a request, sampled or not.
 */
export const NOOP_METER_PROVIDER: MeterProvider = { getMeter: () => meter }

import { type CollectedFamily, PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import { FamilyConverter, parseExposition } from '@vr/otel-metrics/engine'

/** Time limit of a collection, in milliseconds. */
const TIMEOUT_MS = 5000

/** Returns the families of an exposition in the text format 0.0.4, as a reader with this engine collects them. */
export async function familiesOf(exposition: string): Promise<readonly CollectedFamily[]> {
  const metrics = new FamilyConverter().convert(parseExposition(exposition, 'text'), 0)
  const scopeMetrics = [{ scope: { name: 'engine' }, metrics }]
  const engine = {
    collect: async () => ({ resourceMetrics: { resource: { attributes: {} }, scopeMetrics }, errors: [] }),
  }
  const reader = new PrometheusReader({ metricProducers: [engine as never] })
  new MeterProvider({ readers: [reader] })
  return await reader.collectFamilies(TIMEOUT_MS)
}

import type { BatchObservableResult, MeterProvider, Observable } from '@opentelemetry/api'
import { SCOPE_NAME } from '../instruments/catalog.ts'
import { PROMETHEUS_PROCESS_METRICS } from './prometheus-process-metrics.ts'

/**
 * Creates the instruments of `PROMETHEUS_PROCESS_METRICS`, which are read at each collection. Readers that are not scraped must
 * exclude them: the group `process` has the same values.
 * @returns stops it
 */
export function observePrometheusProcess(meterProvider: MeterProvider): () => void {
  const meter = meterProvider.getMeter(SCOPE_NAME)
  const observables = PROMETHEUS_PROCESS_METRICS.map(({ name, kind, unit, description }): Observable => {
    const options = { unit, description }
    return kind === 'counter'
      ? meter.createObservableCounter(name, options)
      : meter.createObservableGauge(name, options)
  })
  const observe = (result: BatchObservableResult): void => {
    for (const [index, { value }] of PROMETHEUS_PROCESS_METRICS.entries()) {
      const read = value()
      if (read !== undefined) result.observe(observables[index] as Observable, read)
    }
  }
  meter.addBatchObservableCallback(observe, observables)
  return () => meter.removeBatchObservableCallback(observe, observables)
}

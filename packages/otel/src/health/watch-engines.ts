import type { Clock } from '@vr/otel-metrics/internal'
import type { Settings } from '../config/settings.ts'
import type { ExternalMetrics } from '../external/external-metrics.ts'
import { EngineReadiness } from './engine-readiness.ts'
import type { Readiness } from './readiness.ts'

/**
 * Checks the engines of `VR_ENGINE_METRICS_URL`, and adds the result to the readiness.
 * @param external `undefined` if no setting needs it: nothing is checked then
 * @param clock default: the time of the process
 * @returns ends the checks
 */
export function watchEngines(
  readiness: Readiness,
  { engineUrls, engineTimeout }: Pick<Settings, 'engineUrls' | 'engineTimeout'>,
  external: ExternalMetrics | undefined,
  clock?: Pick<Clock, 'after'>,
): () => void {
  if (external === undefined || engineUrls.length === 0) return () => {}
  const engines = {
    collect: () => external.checkEngines(engineTimeout),
    state: () => external.state(),
  }
  const checks = new EngineReadiness(engines, () => readiness.changed(), clock)
  readiness.addCheck(() => checks.check())
  checks.start()
  return () => checks.stop()
}

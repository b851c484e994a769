import type { Resource } from '@opentelemetry/resources'
import type { Settings } from '../config/settings.ts'
import type { ExternalMetrics, Peers } from './external-metrics.ts'
import { loadExternal } from './load-external.ts'
import type { ExternalProducers } from './producers.ts'

/** The metrics of engines and of prom-client, and their producers for readers. */
export interface External {
  readonly metrics: ExternalMetrics
  readonly producers: ExternalProducers
}

/** Creates the parts that read metrics of engines and of prom-client; `undefined` if no setting needs them. */
export function connectExternal(settings: Settings, resource: Resource, peers: Peers): External | undefined {
  const code = loadExternal(settings)
  if (code === undefined) return undefined
  const metrics = new code.ExternalMetrics(settings, peers)
  const producers = new code.ExternalProducers({
    external: metrics,
    resource,
    describesEngines: settings.metricsGroups.includes('self'),
    isPushedElsewhere: () => peers.isMember,
  })
  return { metrics, producers }
}

import type { MeterProvider } from '@vr/otel-metrics'
import { ChangeTracker, PushEncoder } from '@vr/otel-metrics/cluster'
import { mergeRuleOf } from '../metrics/merge-rules.ts'
import type { RoleSettings } from './role.ts'

/** The changes of the metrics of this process, which a role pushes or merges. */
export interface OwnChanges {
  readonly tracker: ChangeTracker
  readonly encoder: PushEncoder
}

/** Starts to track the changes of a provider. */
export function trackOwnChanges(provider: MeterProvider, settings: RoleSettings): OwnChanges {
  const tracker = new ChangeTracker()
  provider.trackChanges(tracker)
  return { tracker, encoder: new PushEncoder(tracker, { mergeOf: mergeRuleOf(settings) }) }
}

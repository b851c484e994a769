import type { Resource } from '@opentelemetry/resources'
import {
  Aggregator,
  acceptRelayed,
  type Channel,
  type Connection,
  createMemberKey,
  MergedMetrics,
  SharedStore,
} from '@vr/otel-metrics/cluster'
import { epochNow } from '@vr/otel-metrics/internal'
import { VERSION } from '../version.ts'
import type { ClusterReading } from './cluster-metrics.ts'
import type { OwnChanges } from './own-changes.ts'
import type { Role, RoleSettings } from './role.ts'

/** Options of {@link AggregatorRole}. */
export interface AggregatorRoleOptions {
  readonly settings: RoleSettings
  readonly own: OwnChanges
  readonly resource: Resource
  /** Called when a server of a member answers scrapes: with its URL, or without one if it would open `VR_METRICS_PORT`. */
  readonly onServing: (url: string | undefined) => void
}

/** Merges the metrics of members with those of this process, and exports them. */
export class AggregatorRole implements Role {
  readonly #settings: RoleSettings
  readonly #store: MergedMetrics
  readonly #aggregator: Aggregator
  readonly #shared: SharedStore
  #refreshing: Promise<boolean> | undefined

  constructor({ settings, own, resource, onServing }: AggregatorRoleOptions) {
    this.#settings = settings
    this.#store = new MergedMetrics({ cardinalityLimit: settings.cardinalityLimit })
    const key = createMemberKey()
    const aggregator = new Aggregator({
      key,
      version: VERSION,
      store: this.#store,
      ...own,
      resource: () => resource.attributes,
      onServing,
    })
    this.#aggregator = aggregator
    this.#shared = new SharedStore({
      metrics: this.#store,
      refresh: async () => void (await this.refresh()),
      applyOwnChanges: () => aggregator.applyOwnChanges(),
      ownSource: key,
      resource: () => resource,
      now: epochNow,
    })
  }

  /**
   * Adds a connection. It may carry several members: the worker threads of its process.
   * @returns what to call when the process has exited
   */
  accept(channel: Channel): Connection {
    const members: Connection[] = []
    acceptRelayed(channel, (member) => members.push(this.#aggregator.accept(member)))
    return {
      exited: () => {
        for (const member of members) member.exited()
      },
    }
  }

  /** Returns the state of the members, for the metrics of the cluster. */
  read(): ClusterReading {
    const { live, stale, oldestPushAgeMs, receivedBytes, dropped } = this.#aggregator.stats
    return {
      live,
      stale,
      oldestPushAge: oldestPushAgeMs === undefined ? undefined : oldestPushAgeMs / 1000,
      receivedBytes,
      dropped,
      conflicts: this.#store.conflicts,
    }
  }

  sharedMetrics(isPulled: boolean): SharedStore | undefined {
    return isPulled || this.#settings.clusterOtlp === 'primary' ? this.#shared : undefined
  }

  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#aggregator.flush().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async flush(): Promise<void> {}

  pushAtExit(): void {}

  close(): void {
    this.#aggregator.close()
  }
}

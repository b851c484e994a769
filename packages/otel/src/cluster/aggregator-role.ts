import type { Resource } from '@opentelemetry/resources'
import {
  Aggregator,
  acceptRelayed,
  applyOwnChanges,
  type ChangeTracker,
  type Channel,
  type Connection,
  createMemberKey,
  holdValues,
  MergedMetrics,
  ReplicatedStore,
  SharedStore,
} from '@vr/otel-metrics/cluster'
import { epochNow, processClock } from '@vr/otel-metrics/internal'
import type { WorkerReadiness } from '../health/worker-readiness.ts'
import { VERSION } from '../version.ts'
import type { ClusterReading } from './cluster-metrics.ts'
import type { OwnChanges } from './own-changes.ts'
import type { ExternalAnswers, Role, RoleSettings } from './role.ts'

/** Options of {@link AggregatorRole}. */
export interface AggregatorRoleOptions {
  readonly settings: RoleSettings
  readonly own: OwnChanges
  readonly resource: Resource
  readonly external: ExternalAnswers | undefined
  /** Called when a server of a member answers scrapes: with its URL, or without one if it would open `VR_METRICS_PORT`. */
  readonly onServing: (url: string | undefined) => void
  /** Identifies this process. Default: a new key. */
  readonly key?: string
  /** The metrics that this process had as a member: no counter starts lower. */
  readonly previous?: MergedMetrics | undefined
  /** Whether another process can replace this one, so that all changes are copied to others. Default false. */
  readonly isReplaceable?: boolean
}

/** Merges the metrics of members with those of this process, and exports them. */
export class AggregatorRole implements Role {
  readonly #settings: RoleSettings
  readonly #store: MergedMetrics
  readonly #tracker: ChangeTracker
  readonly #aggregator: Aggregator
  readonly #shared: SharedStore
  readonly #stopCopies: () => void
  /** The store, if another process can replace this one. */
  readonly replicated: ReplicatedStore | undefined
  #refreshing: Promise<boolean> | undefined

  constructor(options: AggregatorRoleOptions) {
    const { settings, own, resource, onServing, key = createMemberKey(), previous } = options
    this.#settings = settings
    this.#tracker = own.tracker
    this.#store = new MergedMetrics({ cardinalityLimit: settings.cardinalityLimit })
    if (previous !== undefined) holdValues(this.#store, previous)
    if (options.isReplaceable)
      this.replicated = new ReplicatedStore(this.#store, createMemberKey(), processClock)
    const aggregator = new Aggregator({
      key,
      version: VERSION,
      store: this.replicated ?? this.#store,
      ...own,
      resource: () => resource.attributes,
      onServing,
      ...(options.external === undefined ? {} : { onRequest: options.external.answerMember }),
    })
    this.#aggregator = aggregator
    const apply = (): void => aggregator.applyOwnChanges()
    this.#stopCopies =
      this.replicated === undefined
        ? () => {}
        : applyOwnChanges(own.tracker, apply, this.replicated.deputies, processClock)
    apply()
    this.#shared = new SharedStore({
      metrics: this.#store,
      refresh: async () => void (await this.refresh()),
      beforeExport: () => aggregator.share(),
      applyOwnChanges: apply,
      isTakenOver: previous !== undefined,
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

  /** The merged metrics. */
  get store(): MergedMetrics {
    return this.#store
  }

  /** The readiness of the members that have a server. */
  get workers(): readonly WorkerReadiness[] {
    return this.#aggregator.readiness.map(({ slot, readiness }) => ({ worker: slot, report: readiness }))
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
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#aggregator.flush()
      // Only what runs at once belongs to the same scrape. Another process may have exposed newer values before the next one.
      queueMicrotask(() => {
        this.#refreshing = undefined
      })
    }
    return this.#refreshing
  }

  /** Requests the metrics that members read at each scrape. Never rejects. */
  requestAll(timeoutMs: number): Promise<readonly string[]> {
    return this.#aggregator.requestAll(timeoutMs)
  }

  async flush(): Promise<void> {
    if (this.replicated !== undefined) await this.refresh()
  }

  pushAtExit(): void {
    if (this.replicated === undefined) return
    this.#tracker.observeSync()
    this.#aggregator.applyOwnChanges()
  }

  close(): void {
    this.#stopCopies()
    this.replicated?.close()
    this.#aggregator.close()
  }
}

import type { ChildProcess } from 'node:child_process'
import { isMainThread, type Worker } from 'node:worker_threads'
import type { Resource } from '@opentelemetry/resources'
import { SCOPE_NAME } from '@vr/otel-instruments'
import type { MeterProvider } from '@vr/otel-metrics'
import type { Channel, RelayChannel, SharedStore, ThreadChannel } from '@vr/otel-metrics/cluster'
import type { Settings } from '../config/settings.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import type { AggregatorRole } from './aggregator-role.ts'
import { runBeforeDisconnect } from './before-disconnect.ts'
import { observeCluster } from './cluster-metrics.ts'
import { isClusterWorker } from './cluster-worker.ts'
import { flushBeforeDisconnect } from './flush-before-disconnect.ts'
import { loadRoles } from './load-roles.ts'
import type { MemberRole } from './member-role.ts'
import type { OwnChanges } from './own-changes.ts'
import { announceToChildren, isParentAnnounced } from './parent-variable.ts'
import type { Role } from './role.ts'
import { findThreads, type Threads } from './threads.ts'
import { watchChildren } from './watch-children.ts'

/** Options of {@link ProcessGroup}. */
export interface ProcessGroupOptions {
  readonly settings: Settings
  readonly resource: Resource
  readonly log: StderrLogger
  readonly provider: MeterProvider
  /** Called when a server of a member answers scrapes: with its URL, or without one if it would open `VR_METRICS_PORT`. */
  readonly onMemberServing: (url: string | undefined) => void
  /** Called once, when the first member connects. */
  readonly onAggregating: () => void
}

/**
 * The processes that share their metrics, from the view of this one. It is a member if it is a worker of `node:cluster` whose primary
 * runs this package, or a worker thread whose main thread does. Otherwise it becomes the aggregator when the first member connects; until then it has no cost.
 */
export class ProcessGroup {
  readonly #options: ProcessGroupOptions
  readonly #cleanups: (() => void)[] = []
  #own: OwnChanges | undefined
  readonly #threads: Threads = findThreads()
  #member: MemberRole | undefined
  /** Channel of a member, which also carries those of its worker threads. */
  #relay: RelayChannel | undefined
  #aggregator: AggregatorRole | undefined

  constructor(options: ProcessGroupOptions) {
    this.#options = options
  }

  /** Finds the role of this process. Call it before the first instrument is created, so that a member tracks all of them. */
  join(): void {
    this.#cleanups.push(this.#threads.watch(this.#onThread))
    if (this.#threads.isStarterRunning) this.#becomeMember(loadRoles().connectToStarter())
    if (!isMainThread) return
    if (isParentAnnounced() && isClusterWorker()) this.#joinPrimary()
    else this.#cleanups.push(announceToChildren(), watchChildren(this.#onChild))
  }

  /** Whether another process aggregates the metrics of this one. */
  get isMember(): boolean {
    return this.#member !== undefined
  }

  /**
   * Returns what a reader exports; `undefined` for the metrics of this process alone.
   * @param isPulled whether the reader is scraped
   */
  sharedMetrics(isPulled: boolean): SharedStore | undefined {
    return this.#role?.sharedMetrics(isPulled)
  }

  /**
   * Called when a server of this process answers scrapes, with its URL, or would open `VR_METRICS_PORT`, without one.
   * @returns whether the aggregator opens the port and logs the endpoint
   */
  announce(url: string | undefined): boolean {
    this.#member?.serve(url)
    return this.isMember
  }

  /**
   * Returns whether a server of this thread that listens on `port` answers scrapes. In the main thread it always does. In a worker
   * thread it does if no other server of the process does.
   */
  claim(port: number): boolean {
    const isFirst = this.#threads.endpoint.claim(port)
    return isMainThread || (this.#threads.isStarterRunning && isFirst)
  }

  /** Updates the merged metrics for a scrape. Returns whether no worker is missing; `undefined` if no metrics are shared. */
  async refresh(): Promise<boolean | undefined> {
    return await this.#role?.refresh()
  }

  /** Pushes the metrics of a member, before its process ends. Without a time limit; never rejects. */
  async flush(): Promise<void> {
    await this.#role?.flush()
  }

  /** Pushes the metrics of a member synchronously, because its process ends. Never throws. */
  pushAtExit(): void {
    this.#role?.pushAtExit()
  }

  /** Accepts no more members, and removes the hooks of this process. */
  stop(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
  }

  /** Ends the connections: this process shares no more metrics. */
  leave(): void {
    this.#role?.close()
  }

  get #role(): Role | undefined {
    return this.#member ?? this.#aggregator
  }

  #joinPrimary(): void {
    const channel = loadRoles().connectToParent()
    if (channel === undefined) return
    this.#becomeMember(channel)
    this.#cleanups.push(runBeforeDisconnect(() => this.pushAtExit()))
  }

  #becomeMember(channel: Channel): void {
    const { settings, log, resource } = this.#options
    this.#member = new (loadRoles().MemberRole)({
      settings,
      own: this.#trackOwnChanges(),
      resource,
      onRefused: (reason) =>
        log.warn(`the metrics of this process are not merged with those of others: ${reason}`),
    })
    this.#relay = new (loadRoles().RelayChannel)(channel)
    this.#member.connect(this.#relay)
  }

  readonly #onThread = (worker: Worker): void => {
    const { threadId } = worker
    loadRoles().connectToThread(worker, {
      onJoin: (channel) => this.#addThread(channel),
      onEnd: () => this.#threads.endpoint.release(threadId),
    })
  }

  #addThread(channel: ThreadChannel): void {
    if (this.#relay !== undefined) this.#relay.attach(channel)
    else {
      this.#aggregator ??= this.#becomeAggregator()
      this.#aggregator.accept(channel)
    }
  }

  readonly #onChild = (child: ChildProcess, message: unknown): void => {
    const { acceptChild } = loadRoles()
    this.#aggregator ??= this.#becomeAggregator()
    const { exited } = this.#aggregator.accept(acceptChild(child, message))
    child.once('exit', exited)
    flushBeforeDisconnect(child, () => this.refresh())
  }

  #becomeAggregator(): AggregatorRole {
    const { settings, resource, provider, onMemberServing, onAggregating } = this.#options
    const aggregator = new (loadRoles().AggregatorRole)({
      settings,
      own: this.#trackOwnChanges(),
      resource,
      onServing: onMemberServing,
    })
    if (settings.metricsGroups.includes('self'))
      observeCluster(provider.getMeter(SCOPE_NAME), () => aggregator.read())
    onAggregating()
    return aggregator
  }

  #trackOwnChanges(): OwnChanges {
    this.#own ??= loadRoles().trackOwnChanges(this.#options.provider, this.#options.settings)
    return this.#own
  }
}

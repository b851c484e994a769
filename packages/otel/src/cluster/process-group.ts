import type { ChildProcess } from 'node:child_process'
import { isMainThread, threadId, type Worker } from 'node:worker_threads'
import { SCOPE_NAME } from '@vr/otel-instruments'
import type { Channel, RelayChannel, SharedStore, ThreadChannel } from '@vr/otel-metrics/cluster'
import { processClock } from '@vr/otel-metrics/internal'
import { withPm2Variables } from '../config/pm2-environment.ts'
import type { ReadinessReport } from '../health/readiness.ts'
import type { WorkerReadiness } from '../health/worker-readiness.ts'
import type { AggregatorRole } from './aggregator-role.ts'
import { runBeforeDisconnect } from './before-disconnect.ts'
import { observeCluster } from './cluster-metrics.ts'
import { isClusterWorker } from './cluster-worker.ts'
import { loadRoles } from './load-roles.ts'
import type { MemberRole } from './member-role.ts'
import type { OwnChanges } from './own-changes.ts'
import { announceToChildren, isParentAnnounced } from './parent-variable.ts'
import type { ProcessGroupOptions } from './process-group-options.ts'
import { repeat } from './repeat.ts'
import type { Role } from './role.ts'
import { socketDirectory } from './socket-directory.ts'
import { SocketRoles } from './socket-roles.ts'
import { findThreads, type Threads } from './threads.ts'
import { watchChildren } from './watch-children.ts'

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
  #sockets: SocketRoles | undefined
  /** Whether this process would open `VR_METRICS_PORT` as aggregator. */
  #wantsPort = false
  #isObserved = false
  #hasInterval = false

  constructor(options: ProcessGroupOptions) {
    this.#options = options
  }

  /** Finds the role of this process. Call it before the first instrument is created, so that a member tracks all of them. */
  join(): void {
    this.#options.readiness.onChange(() => this.#memberRole?.shareReadiness())
    this.#cleanups.push(this.#threads.watch(this.#onThread))
    if (this.#threads.isStarterRunning) {
      this.#becomeMember(loadRoles().connectToStarter())
      this.#startInterval()
    }
    if (!isMainThread) return
    const { settings } = this.#options
    const hasParent = isParentAnnounced()
    const isWorker = isClusterWorker()
    const directory = socketDirectory(settings, withPm2Variables(process.env), hasParent && !isWorker)
    if (directory !== undefined) this.#joinSockets(directory)
    else if (hasParent && isWorker) this.#joinPrimary()
    else this.#cleanups.push(announceToChildren(), watchChildren(this.#onChild))
  }

  /** Whether another process aggregates the metrics of this one. */
  get isMember(): boolean {
    return this.#memberRole !== undefined
  }

  /** Whether the metrics of this process are sent to another one before it ends. */
  get isPushed(): boolean {
    return this.isMember || this.#sockets !== undefined
  }

  /** Whether this process aggregates the metrics of others that need not be its children. */
  get isElected(): boolean {
    return this.#sockets?.aggregator !== undefined
  }

  /** The readiness of the processes that have a server, and whose metrics this process aggregates. */
  get workers(): readonly WorkerReadiness[] {
    return this.#aggregatorRole?.workers ?? []
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
    this.#wantsPort ||= url === undefined
    this.#memberRole?.serve(url)
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

  /** Lets servers of other threads answer scrapes, because that of this thread has closed. */
  release(): void {
    this.#threads.endpoint.release(threadId)
  }

  /** Updates the merged metrics for a scrape. Returns whether no worker is missing; `undefined` if no metrics are shared. */
  async refresh(): Promise<boolean | undefined> {
    return await this.#role?.refresh()
  }

  /** Requests the metrics that the aggregator reads at each scrape; `undefined` without an answer in time. */
  async request(timeoutMs: number): Promise<string | undefined> {
    return await this.#memberRole?.request(timeoutMs)
  }

  /** Requests the metrics that members read at each scrape. */
  async requestAll(timeoutMs: number): Promise<readonly string[]> {
    return (await this.#aggregatorRole?.requestAll(timeoutMs)) ?? []
  }

  /** Pushes the metrics of a member, before its process ends. Without a time limit; never rejects. */
  async flush(): Promise<void> {
    await this.#role?.flush()
  }

  /** Pushes the metrics of a member synchronously, because its process ends. Never throws. */
  pushAtExit(): void {
    this.#role?.pushAtExit()
    this.#sockets?.flushAtExit()
  }

  /** Accepts no more members, and removes the hooks of this process. */
  stop(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
  }

  /** Ends the connections: this process shares no more metrics. */
  leave(): void {
    if (this.#sockets === undefined) this.#role?.close()
    else this.#sockets.stop()
  }

  get #memberRole(): MemberRole | undefined {
    return this.#sockets === undefined ? this.#member : this.#sockets.member
  }

  get #aggregatorRole(): AggregatorRole | undefined {
    return this.#sockets === undefined ? this.#aggregator : this.#sockets.aggregator
  }

  get #role(): Role | undefined {
    return this.#memberRole ?? this.#aggregatorRole
  }

  #joinSockets(directory: string): void {
    const { settings, resource, log, onMemberServing, external } = this.#options
    const common = { settings, own: this.#trackOwnChanges(), resource, external }
    this.#cleanups.push(announceToChildren())
    this.#sockets = new SocketRoles({
      directory,
      member: { ...common, onRefused: this.#onRefused, readiness: this.#readReadiness },
      aggregator: { ...common, onServing: onMemberServing },
      onChange: () => this.#onRoleChange(),
      onProblem: (reason) =>
        log.warn(
          `${settings.clusterSocket === undefined ? 'PM2_HOME' : 'VR_CLUSTER_SOCKET'}: got "${directory}" as the directory for sockets, ${reason}, using only the metrics of this process`,
        ),
    })
    this.#sockets.start()
  }

  #onRoleChange(): void {
    if (this.isMember) {
      this.#options.onDeposed()
      return
    }
    this.#observe()
    if (this.#wantsPort) this.#options.onMemberServing(undefined)
  }

  #joinPrimary(): void {
    const channel = loadRoles().connectToParent()
    if (channel === undefined) return
    this.#becomeMember(channel)
    this.#cleanups.push(runBeforeDisconnect(() => this.pushAtExit()))
  }

  #becomeMember(channel: Channel): void {
    const { settings, resource, external } = this.#options
    this.#member = new (loadRoles().MemberRole)({
      settings,
      external,
      own: this.#trackOwnChanges(),
      resource,
      onRefused: this.#onRefused,
      readiness: this.#readReadiness,
    })
    this.#relay = new (loadRoles().RelayChannel)(channel)
    this.#member.connect(this.#relay)
  }

  readonly #onThread = (worker: Worker): void => {
    const { threadId: id } = worker
    this.#startInterval()
    loadRoles().connectToThread(worker, {
      onJoin: (channel) => this.#addThread(channel),
      onEnd: () => this.#threads.endpoint.release(id),
    })
  }

  #startInterval(): void {
    if (this.#hasInterval) return
    this.#hasInterval = true
    const { settings, onInterval } = this.#options
    this.#cleanups.push(repeat(onInterval, settings.clusterPushInterval, processClock))
  }

  #addThread(channel: ThreadChannel): void {
    if (this.#sockets !== undefined) this.#sockets.addThread(channel)
    else if (this.#relay !== undefined) this.#relay.attach(channel)
    else {
      this.#aggregator ??= this.#becomeAggregator()
      this.#aggregator.accept(channel)
    }
  }

  readonly #readReadiness = (): ReadinessReport => this.#options.readiness.read()

  readonly #onRefused = (reason: string): void =>
    this.#options.log.warn(`the metrics of this process are not merged with those of others: ${reason}`)

  readonly #onChild = (child: ChildProcess, message: unknown): void => {
    const { acceptChild } = loadRoles()
    this.#aggregator ??= this.#becomeAggregator()
    const { exited } = this.#aggregator.accept(acceptChild(child, message))
    child.once('exit', exited)
  }

  #becomeAggregator(): AggregatorRole {
    const { settings, resource, onMemberServing, external } = this.#options
    const aggregator = new (loadRoles().AggregatorRole)({
      settings,
      external,
      own: this.#trackOwnChanges(),
      resource,
      onServing: onMemberServing,
    })
    this.#observe()
    return aggregator
  }

  /** Creates the metrics of an aggregator, at the first time. */
  #observe(): void {
    const { settings, provider, onAggregating } = this.#options
    if (this.#isObserved) return
    this.#isObserved = true
    if (settings.metricsGroups.includes('self'))
      observeCluster(provider.getMeter(SCOPE_NAME), () => this.#aggregatorRole?.read())
    onAggregating()
  }

  #trackOwnChanges(): OwnChanges {
    this.#own ??= loadRoles().trackOwnChanges(this.#options.provider, this.#options.settings)
    return this.#own
  }
}

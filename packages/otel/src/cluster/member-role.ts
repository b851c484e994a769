import type { Resource } from '@opentelemetry/resources'
import {
  type Channel,
  createMemberKey,
  holdValues,
  Member,
  MergedMetrics,
  RelayChannel,
  type SharedReadiness,
  SharedStore,
} from '@vr/otel-metrics/cluster'
import { epochNow, UnavailableError } from '@vr/otel-metrics/internal'
import { resourceOf } from '../resource.ts'
import { VERSION } from '../version.ts'
import type { OwnChanges } from './own-changes.ts'
import type { ExternalAnswers, Role, RoleSettings } from './role.ts'

/** Larger than the limit of any aggregator, which has bounded the series. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** Options of {@link MemberRole}. */
export interface MemberRoleOptions {
  readonly settings: RoleSettings
  readonly own: OwnChanges
  readonly external: ExternalAnswers | undefined
  /** Resource of this process, until that of the aggregator is received. */
  readonly resource: Resource
  /** Called when the aggregator no longer accepts this process: with the reason, as a clause. */
  readonly onRefused: (reason: string) => void
  /** Returns the readiness of this process. */
  readonly readiness: () => SharedReadiness
  /** Identifies this process. Default: a new key. */
  readonly key?: string
  /** The metrics that this process had as an aggregator: no counter starts lower. */
  readonly previous?: MergedMetrics | undefined
  /** Whether this process connects to another aggregator when the present one stops. Default false. */
  readonly isReconnected?: boolean
}

/** Pushes the metrics of this process to the process that aggregates them, and exports the merged metrics in scrapes. */
export class MemberRole implements Role {
  readonly #settings: RoleSettings
  readonly #replica = new MergedMetrics({ cardinalityLimit: NO_LIMIT })
  readonly #member: Member
  readonly #scraped: SharedStore
  readonly #pushed: SharedStore
  #relay: RelayChannel | undefined
  #resource: Resource
  #refusal: string | undefined
  #isServing = false
  #url: string | undefined
  #refreshing: Promise<boolean> | undefined

  constructor(options: MemberRoleOptions) {
    const { settings, own, resource, onRefused, readiness, key = createMemberKey(), previous } = options
    if (previous !== undefined) holdValues(this.#replica, previous)
    this.#settings = settings
    this.#resource = resource
    this.#member = new Member({
      key,
      version: VERSION,
      ...own,
      replica: this.#replica,
      readiness,
      pushIntervalMs: settings.clusterPushInterval,
      ...(options.external === undefined ? {} : { onRequest: options.external.answerAggregator }),
      onWelcome: ({ resource }) => {
        this.#resource = resourceOf(resource)
        this.#refusal = undefined
      },
      onRefused: ({ reason, version }) => {
        if (reason === 'closed' && options.isReconnected) return
        const refusal = REFUSALS[reason](version)
        if (refusal === this.#refusal) return
        this.#refusal = refusal
        if (reason !== 'protocol') onRefused(refusal) // the member logs this one
      },
    })
    const common = { resource: () => this.#resource, now: epochNow }
    this.#pushed = new SharedStore({ ...common, metrics: undefined })
    const refresh = () => this.#refreshForScrape()
    this.#scraped = new SharedStore({ ...common, metrics: this.#replica, refresh })
  }

  /** Connects to the aggregator, and pushes all series. */
  connect(channel: Channel): void {
    this.#relay = new RelayChannel(channel)
    this.#member.connect(this.#relay)
    if (this.#isServing) this.#member.serve(this.#url)
  }

  /** Identifies this process. */
  get key(): string {
    return this.#member.key
  }

  /** The merged metrics that the aggregator has sent. */
  get replica(): MergedMetrics {
    return this.#replica
  }

  /** The resource of the aggregator. */
  get resource(): Resource {
    return this.#resource
  }

  /** The connection to the aggregator, which also carries the worker threads of this process. */
  get relay(): RelayChannel | undefined {
    return this.#relay
  }

  /** Reports that a server of this process answers scrapes, or with an undefined URL, that `VR_METRICS_PORT` is to be opened. */
  serve(url: string | undefined): void {
    this.#isServing = true
    this.#url = url ?? this.#url
    this.#member.serve(url)
  }

  /** Sends the readiness of this process if it has changed. */
  shareReadiness(): void {
    this.#member.shareReadiness()
  }

  sharedMetrics(isPulled: boolean): SharedStore | undefined {
    if (isPulled) return this.#scraped
    const pushesOwn = this.#settings.clusterOtlp === 'workers' || this.#refusal !== undefined
    return pushesOwn ? undefined : this.#pushed
  }

  refresh(): Promise<boolean> {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#member.sync()
      // Only what runs at once belongs to the same scrape. Another process may have exposed newer values before the next one.
      queueMicrotask(() => {
        this.#refreshing = undefined
      })
    }
    return this.#refreshing
  }

  /** Requests the metrics that the aggregator reads at each scrape. `undefined` without an answer in time. Never rejects. */
  request(timeoutMs: number): Promise<string | undefined> {
    return this.#member.request(timeoutMs)
  }

  flush(): Promise<void> {
    return this.#member.flush()
  }

  pushAtExit(): void {
    this.#member.pushAtExit()
  }

  close(): void {
    this.#member.pushAtExit() // its last message ends the membership: the connection may stay open
    this.#member.close()
  }

  /** @throws UnavailableError before the first merged state */
  async #refreshForScrape(): Promise<void> {
    await this.refresh()
    if (this.#member.hasState) return
    throw new UnavailableError(
      `the metrics of all workers are not available: ${this.#refusal ?? 'the process that aggregates them has not answered yet'}`,
    )
  }
}

/** Why an aggregator refuses a member, as clauses. */
const REFUSALS = {
  protocol: (version = 'of another version') =>
    `the process that aggregates the metrics runs @vr/otel ${version}, this one ${VERSION}, and their protocols differ; use one version`,
  ended: () => 'the process that aggregates the metrics has counted this process as ended',
  closed: () => 'the process that aggregated the metrics has stopped doing so',
} as const

import type { Resource } from '@opentelemetry/resources'
import type { RelayChannel, ReplicatedStore, SocketGroup, ThreadChannel } from '@vr/otel-metrics/cluster'
import type { AggregatorRole, AggregatorRoleOptions } from './aggregator-role.ts'
import { DetachableChannel } from './detachable-channel.ts'
import { loadRoles } from './load-roles.ts'
import type { MemberRole, MemberRoleOptions } from './member-role.ts'

/** Options of {@link SocketRoles}. */
export interface SocketRolesOptions {
  readonly directory: string
  readonly member: Omit<MemberRoleOptions, 'key' | 'previous' | 'isReconnected'>
  readonly aggregator: Omit<AggregatorRoleOptions, 'key' | 'previous' | 'isReplaceable'>
  /** Called after each change of the role, except the first. */
  readonly onChange: () => void
  /** Called when the directory cannot be used, with the reason. */
  readonly onProblem: (reason: string) => void
}

/**
 * The roles of a process that shares its metrics over UNIX sockets. Any process of the group can become the aggregator, and
 * continues with the identity and the totals of the former one.
 */
export class SocketRoles {
  readonly #options: SocketRolesOptions
  #key = loadRoles().createMemberKey()
  readonly #group: SocketGroup
  #resource: Resource
  readonly #threads = new Set<ThreadChannel>()
  /** Connections of threads to the aggregator of this process. */
  readonly #attached: DetachableChannel[] = []
  /** Connection to the aggregator, which also carries those of the threads. */
  #relay: RelayChannel | undefined
  #member: MemberRole | undefined
  #aggregator: AggregatorRole | undefined

  constructor(options: SocketRolesOptions) {
    this.#options = options
    this.#resource = options.aggregator.resource
    this.#member = this.#createMember()
    this.#group = new (loadRoles().SocketGroup)({
      directory: options.directory,
      becomeMember: (channel) => {
        const member = this.#member ?? this.#createMember()
        const isChange = this.#member === undefined
        this.#member = member
        this.#detachThreads()
        this.#aggregator?.close()
        this.#aggregator = undefined
        this.#relay = new (loadRoles().RelayChannel)(channel)
        member.connect(this.#relay)
        for (const thread of this.#threads) this.#attach(thread)
        if (isChange) options.onChange()
      },
      becomeAggregator: () => {
        const aggregator = this.#createAggregator()
        this.#member = undefined
        this.#aggregator = aggregator
        this.#relay = undefined
        for (const thread of this.#threads) this.#attach(thread)
        options.onChange()
        const store = aggregator.replicated as ReplicatedStore
        return { store, accept: (channel) => void aggregator.accept(channel) }
      },
      onProblem: (reason) => {
        // Without a role, this process exposes its own metrics.
        this.#member?.close()
        this.#member = undefined
        options.onProblem(reason)
      },
    })
  }

  /** The role as member; one of the roles is `undefined`. */
  get member(): MemberRole | undefined {
    return this.#member
  }

  /** The role as aggregator. */
  get aggregator(): AggregatorRole | undefined {
    return this.#aggregator
  }

  /** Joins the group. If there is no other process, this one aggregates when the method returns. */
  start(): void {
    this.#group.start()
  }

  /** Adds a worker thread of this process, which is a member of whichever process aggregates. */
  addThread(thread: ThreadChannel): void {
    this.#threads.add(thread)
    this.#connect(thread)
  }

  /** Sends what was not sent, synchronously, because the process ends. */
  flushAtExit(): void {
    this.#group.flushAtExit(() => this.#member?.pushAtExit())
  }

  /** Leaves the group. */
  stop(): void {
    this.#member?.close()
    this.#aggregator?.close()
    this.#group.stop()
  }

  #attach(thread: ThreadChannel): void {
    this.#connect(thread)
    // The thread introduces itself to the new aggregator, and pushes all series.
    thread.send('{"type":"reset"}')
  }

  #connect(thread: ThreadChannel): void {
    if (this.#relay !== undefined) this.#relay.attach(thread)
    if (this.#aggregator === undefined) return
    const channel = new DetachableChannel(thread, () => this.#threads.delete(thread))
    this.#attached.push(channel)
    this.#aggregator.accept(channel)
  }

  /** Keeps the threads connected when the aggregator of this process closes. */
  #detachThreads(): void {
    for (const channel of this.#attached.splice(0)) channel.detach()
  }

  #createMember(): MemberRole {
    return new (loadRoles().MemberRole)({
      ...this.#options.member,
      key: this.#key,
      previous: this.#aggregator?.store,
      isReconnected: true,
    })
  }

  #createAggregator(): AggregatorRole {
    const member = this.#member
    member?.close()
    this.#key = member?.key ?? this.#key
    // The resource of the former aggregator, whose id identifies the group.
    this.#resource = member?.resource ?? this.#resource
    return new (loadRoles().AggregatorRole)({
      ...this.#options.aggregator,
      resource: this.#resource,
      key: this.#key,
      previous: member?.replica,
      isReplaceable: true,
    })
  }
}

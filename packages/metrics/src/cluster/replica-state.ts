import type { State } from './control-messages.ts'
import type { MergedMetrics } from './merged-metrics.ts'

/** The newest merged state that a member holds. */
export class ReplicaState {
  readonly #replica: MergedMetrics
  #aggregator: string | undefined
  #hasState = false
  /** Counts the messages. A channel keeps their order, so that each is newer than those before it, whatever number it has. */
  #sequence = 0

  constructor(replica: MergedMetrics) {
    this.#replica = replica
  }

  /** Whether a whole state was received, from this or a former aggregator. */
  get hasState(): boolean {
    return this.#hasState
  }

  /** Starts to receive the state of an aggregator. The values of the former one stay until the first message. */
  follow(aggregator: string): void {
    if (this.#aggregator !== undefined) this.#replica.discard(this.#aggregator)
    this.#aggregator = aggregator
    this.#replica.open(aggregator, '')
  }

  /** Applies a validated message. */
  apply({ push, isLast }: State): void {
    if (this.#aggregator === undefined) return
    const { removed, metrics = [] } = push
    this.#sequence += 1
    const sequence = this.#sequence
    // The aggregator may have replaced the definition of a metric: its series are removed first.
    if (removed !== undefined) this.#replica.apply(this.#aggregator, { type: 'push', sequence, removed })
    this.#replica.prepareFor(metrics.map(([, identity]) => identity))
    this.#replica.apply(this.#aggregator, { ...push, sequence })
    if (isLast) this.#hasState = true
  }

  /** All of the state was received. */
  onSynced(): void {
    this.#hasState = true
  }
}

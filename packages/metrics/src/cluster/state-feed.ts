import type { Channel } from './channel.ts'
import { encode } from './codec.ts'
import type { MergedMetrics, StateChanges } from './merged-metrics.ts'
import type { Push } from './messages.ts'
import { TurnBudget } from './turn-budget.ts'

/** The messages from one version of the state to another. Each is encoded once for all members that need it. */
class StateMessages {
  readonly version: number
  readonly #pushes: Iterator<Push>
  readonly #texts: string[] = []
  #next: Push | undefined

  constructor({ version, pushes }: StateChanges) {
    this.version = version
    this.#pushes = pushes[Symbol.iterator]()
    this.#next = this.#take()
  }

  /** Returns the message at `index`. `undefined`: there are no more. Called with increasing indexes. */
  at(index: number): string | undefined {
    const known = this.#texts[index]
    const push = this.#next
    if (known !== undefined || push === undefined) return known
    this.#next = this.#take()
    this.#texts[index] = encode({ type: 'state', push, isLast: this.#next === undefined })
    return this.#texts[index]
  }

  #take(): Push | undefined {
    const { done, value } = this.#pushes.next()
    return done ? undefined : value
  }
}

/** Number of messages to one member that may wait for the operating system, whose buffer they fit into if the member reads. */
const MAX_WAITING = 8

/** Encodes the merged state for the members that answer scrapes. */
export class StateEncoder {
  /** Shared by the feeds of all members. */
  readonly turn = new TurnBudget()
  readonly #store: Pick<MergedMetrics, 'changesSince'>
  /** Messages by the version from which they start. */
  #messages = new Map<number, StateMessages>()

  constructor(store: Pick<MergedMetrics, 'changesSince'>) {
    this.#store = store
  }

  /** Includes all changes until now in the messages that `since` returns. */
  renew(): void {
    this.#messages = new Map()
  }

  /** Returns the messages with the changes since a version, until the last call of `renew` at least. */
  since(version: number): StateMessages {
    const known = this.#messages.get(version)
    if (known !== undefined) return known
    const messages = new StateMessages(this.#store.changesSince(version))
    this.#messages.set(version, messages)
    return messages
  }
}

/**
 * Sends the merged state to one member, as far as its channel keeps up: a slow member collects only a few messages in memory. Many
 * messages are sent in several turns of the event loop.
 */
export class StateFeed {
  readonly #channel: Channel
  readonly #encoder: StateEncoder
  /** Version that was handed to the channel completely. */
  #version = 0
  #messages: StateMessages | undefined
  /** Index of the next message. */
  #index = 0
  #waiting = 0
  #isOutdated = false
  #isDelayed = false
  #isClosed = false
  #onSent: (() => void)[] = []
  #onPaused: (() => void)[] = []

  constructor(channel: Channel, encoder: StateEncoder) {
    this.#channel = channel
    this.#encoder = encoder
  }

  /** Sends all changes until the encoder was last renewed. */
  update(): void {
    this.#isOutdated = true
    this.#continue()
  }

  /** Like `update`. Resolves when the channel has taken all changes, does not take them within a turn of the event loop, or is closed. */
  async share(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onPaused.push(resolve)
    this.update()
    await promise
  }

  /** Resolves when the channel has taken all changes of the last update, or the feed is closed. */
  async whenSent(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onSent.push(resolve)
    this.#continue()
    await promise
  }

  /** Sends nothing more. */
  close(): void {
    this.#isClosed = true
    this.#settle()
  }

  #continue(): void {
    const { turn } = this.#encoder
    while (!this.#isClosed && this.#waiting < MAX_WAITING && turn.isOpen) {
      const text = this.#nextMessage()
      if (text === undefined) {
        if (this.#waiting === 0) this.#settle()
        else this.#delay()
        return
      }
      turn.count()
      this.#waiting += 1
      this.#channel.send(text, () => {
        this.#waiting -= 1
        this.#continue()
      })
    }
    this.#delay()
  }

  #delay(): void {
    if (this.#isDelayed || this.#isClosed) return
    this.#isDelayed = true
    this.#encoder.turn.inNextTurn(() => {
      this.#isDelayed = false
      const isPaused = this.#waiting >= MAX_WAITING || (this.#waiting > 0 && !this.#hasMore)
      if (isPaused) settle(this.#onPaused)
      else this.#continue()
    })
  }

  get #hasMore(): boolean {
    return this.#isOutdated || this.#messages !== undefined
  }

  /** Returns the next message; `undefined` if the member has been sent everything. */
  #nextMessage(): string | undefined {
    for (;;) {
      const text = this.#messages?.at(this.#index)
      this.#index += 1
      if (text !== undefined) return text
      this.#version = this.#messages?.version ?? this.#version
      this.#messages = undefined
      if (!this.#isOutdated) return undefined
      this.#isOutdated = false
      this.#messages = this.#encoder.since(this.#version)
      this.#index = 0
    }
  }

  #settle(): void {
    settle(this.#onPaused)
    settle(this.#onSent)
  }
}

function settle(callbacks: (() => void)[]): void {
  for (const callback of callbacks.splice(0)) callback()
}

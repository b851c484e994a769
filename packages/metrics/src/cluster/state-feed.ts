import type { Channel } from './channel.ts'
import { encode } from './codec.ts'
import type { MergedMetrics, StateChanges } from './merged-metrics.ts'
import type { Push } from './messages.ts'

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

/** Encodes the merged state for the members that answer scrapes. */
export class StateEncoder {
  readonly #store: Pick<MergedMetrics, 'changesSince'>
  #version = 0
  /** Messages to the newest version, by the version from which they start. */
  #messages = new Map<number, StateMessages>()

  constructor(store: Pick<MergedMetrics, 'changesSince'>) {
    this.#store = store
  }

  /** Returns the messages with the changes since a version. */
  since(version: number): StateMessages {
    const changes = this.#store.changesSince(version)
    if (changes.version !== this.#version) this.#messages = new Map()
    this.#version = changes.version
    const messages = this.#messages.get(version) ?? new StateMessages(changes)
    this.#messages.set(version, messages)
    return messages
  }
}

/** Sends the merged state to one member: one message at a time, so that a slow member does not collect messages in memory. */
export class StateFeed {
  readonly #channel: Channel
  readonly #encoder: StateEncoder
  #version = 0
  #sending: Promise<void> | undefined
  #isClosed = false

  constructor(channel: Channel, encoder: StateEncoder) {
    this.#channel = channel
    this.#encoder = encoder
  }

  /** Sends the changes since the last call, unless earlier ones are on their way. */
  update(): void {
    if (this.#sending) return
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  /** Sends all changes until now. Resolves when the channel has taken them. */
  async bringUpToDate(): Promise<void> {
    await this.#sending
    this.update()
    await this.#sending
  }

  /** Sends nothing more. */
  close(): void {
    this.#isClosed = true
  }

  async #send(): Promise<void> {
    const messages = this.#encoder.since(this.#version)
    for (let index = 0; !this.#isClosed; index += 1) {
      const text = messages.at(index)
      if (text === undefined) break
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#channel.send(text, resolve)
      await promise
    }
    this.#version = messages.version
  }
}

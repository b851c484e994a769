import type { CollectedFamily } from '@vr/otel-exporters'
import { type Clock, epochNow } from '@vr/otel-metrics/internal'

/** The families of one collection. */
export interface FamilyReading {
  readonly families: readonly CollectedFamily[]
  /** When the collection started, in epoch milliseconds. */
  readonly startedMs: number
  /** When it ended, in milliseconds of the monotonic clock. */
  readonly at: number
}

/** Longest duration of a collection, in milliseconds. */
const TIMEOUT_MS = 5000

/**
 * Collects families. One collection runs at a time. Calls meanwhile share the next one, so that a reading has everything that was
 * recorded before its call.
 */
export class SnapshotSource {
  readonly #collect: (timeoutMs: number) => Promise<readonly CollectedFamily[]>
  readonly #clock: Clock
  #running: Promise<unknown> | undefined
  #next: Promise<FamilyReading> | undefined

  /** @param collect collects the families; rejects after the time limit */
  constructor(collect: (timeoutMs: number) => Promise<readonly CollectedFamily[]>, clock: Clock) {
    this.#collect = collect
    this.#clock = clock
  }

  /** @throws TimeoutError after 5 s, or the error of the collection */
  read(): Promise<FamilyReading> {
    if (this.#running === undefined) return this.#start()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  #start(): Promise<FamilyReading> {
    const reading = this.#collectNow()
    const ended = reading.then(ignore, ignore).then(() => {
      if (this.#running === ended) this.#running = undefined
    })
    this.#running = ended
    return reading
  }

  async #collectNow(): Promise<FamilyReading> {
    const startedMs = epochNow()
    const families = await this.#collect(TIMEOUT_MS)
    return { families, startedMs, at: this.#clock.now() }
  }
}

function ignore(): void {}

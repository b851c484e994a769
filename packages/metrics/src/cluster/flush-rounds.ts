import type { Clock } from '../clock.ts'

/** Longest time that a round waits for the members, in milliseconds. */
const ROUND_MS = 30

/** Shortest time between the starts of two rounds, in milliseconds. With it, a scrape waits for at most 40 ms. */
const ROUND_DISTANCE_MS = 10

/** A member that can be asked for its newest values. */
export interface FlushTarget {
  /** Requests the newest values. Returns `false` if no answer can be expected: the member is stale. */
  requestFlush(id: number): boolean
}

interface Round {
  readonly id: number
  readonly missing: Set<FlushTarget>
  readonly finish: (complete: boolean) => void
}

/**
 * Asks all members for their newest values. Scrapes that arrive before a round has started share it. A round that has started may
 * have passed a member already, so a later scrape waits for the next one.
 */
export class FlushRounds {
  readonly #clock: Clock
  readonly #targets: () => Iterable<FlushTarget>
  readonly #running = new Set<Round>()
  #lastId = 0
  #lastStart = Number.NEGATIVE_INFINITY
  #next: Promise<boolean> | undefined

  constructor(clock: Clock, targets: () => Iterable<FlushTarget>) {
    this.#clock = clock
    this.#targets = targets
  }

  /** Resolves when all members have answered, after at most 40 ms. Never rejects. Returns whether all have answered. */
  async request(): Promise<boolean> {
    this.#next ??= this.#schedule()
    return await this.#next
  }

  /** A member has pushed all values for the rounds up to `id`. */
  onFlushed(target: FlushTarget, id: number): void {
    for (const round of this.#running) if (round.id <= id) this.#answer(round, target)
  }

  /** A member has ended: no answer will come, and its values are final. */
  remove(target: FlushTarget): void {
    for (const round of this.#running) this.#answer(round, target)
  }

  #schedule(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const wait = this.#lastStart + ROUND_DISTANCE_MS - this.#clock.now()
    const start = (): void => {
      this.#next = undefined
      this.#start(resolve)
    }
    if (wait > 0) this.#clock.after(wait, start, false)
    else queueMicrotask(start)
    return promise
  }

  #start(resolve: (complete: boolean) => void): void {
    this.#lastStart = this.#clock.now()
    this.#lastId += 1
    let expected = true
    const missing = new Set<FlushTarget>()
    const round: Round = {
      id: this.#lastId,
      missing,
      finish: (complete) => {
        cancel()
        this.#running.delete(round)
        resolve(complete && expected)
      },
    }
    const cancel = this.#clock.after(ROUND_MS, () => round.finish(false), false)
    this.#running.add(round)
    for (const target of this.#targets()) missing.add(target)
    for (const target of [...missing]) {
      if (target.requestFlush(round.id)) continue
      expected = false
      missing.delete(target)
    }
    if (missing.size === 0) round.finish(true)
  }

  #answer(round: Round, target: FlushTarget): void {
    if (round.missing.delete(target) && round.missing.size === 0) round.finish(true)
  }
}

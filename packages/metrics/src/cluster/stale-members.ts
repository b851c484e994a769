import type { MemberSession } from './member-session.ts'

/** Time without a push after which the gauges of a member no longer count, in milliseconds. */
const STALE_AFTER_MS = 3000

/** Finds the members that have not pushed for 3 s. Time in which this process was stopped or blocked does not count. */
export class StaleMembers {
  readonly #interval: number
  #lastCheck: number

  /** @param interval between two checks, in milliseconds */
  constructor(interval: number, now: number) {
    this.#interval = interval
    this.#lastCheck = now
  }

  /** Marks the members that have become stale, and returns them. */
  check(sessions: Iterable<MemberSession>, now: number): readonly MemberSession[] {
    const delay = Math.max(0, now - this.#lastCheck - this.#interval)
    this.#lastCheck = now
    const stale: MemberSession[] = []
    for (const session of sessions) {
      session.pushedAt = Math.min(now, session.pushedAt + delay)
      if (session.isStale || now - session.pushedAt < STALE_AFTER_MS) continue
      session.isStale = true
      stale.push(session)
    }
    return stale
  }
}

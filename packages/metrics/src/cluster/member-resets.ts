import type { Clock } from '../clock.ts'
import type { MemberSession } from './member-session.ts'

/** Shortest time between two resets of one member, in milliseconds. */
const RESET_DISTANCE_MS = 10_000

/** Requests members to define their metrics again, each at most once in ten seconds. */
export class MemberResets {
  readonly #clock: Clock
  readonly #resetAt = new WeakMap<MemberSession, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resets a member, unless its last reset was less than ten seconds ago. */
  reset(session: MemberSession): void {
    const now = this.#clock.now()
    if (now - (this.#resetAt.get(session) ?? Number.NEGATIVE_INFINITY) < RESET_DISTANCE_MS) return
    this.#resetAt.set(session, now)
    session.reset()
  }
}

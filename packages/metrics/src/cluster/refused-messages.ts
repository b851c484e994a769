import { logger } from '../logger.ts'
import { InvalidMessage, type RefusalReason } from './codec.ts'

/** Counts the messages that an aggregator has refused, and reports each reason once. */
export class RefusedMessages {
  readonly counts = new Map<RefusalReason, number>()

  /**
   * Runs `handle`, which validates and handles a message. Never throws.
   * @returns the reason for which the message was refused
   */
  guard(handle: () => void): RefusalReason | undefined {
    try {
      handle()
      return undefined
    } catch (error) {
      const reason = error instanceof InvalidMessage ? error.reason : 'internal'
      const count = this.counts.get(reason) ?? 0
      this.counts.set(reason, count + 1)
      if (count === 0) this.#report(reason, error)
      return reason
    }
  }

  #report(reason: RefusalReason, error: unknown): void {
    const detail = error instanceof InvalidMessage ? error.message : error
    logger.warn(
      `a message of another process with metrics was ignored, so that its newest values may be missing: ${reason} (reported once)`,
      detail,
    )
  }
}

import type { Clock } from '../clock.ts'
import { logger } from '../logger.ts'
import type { Channel } from './channel.ts'

/**
 * Keeps errors of this package away from the application: what timers, channels and promises call would otherwise end the process as
 * an uncaught exception. The first error is logged.
 */
export class ErrorBarrier {
  #hasReported = false

  /** Runs `work`. Never throws. */
  run(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#report(error)
    }
  }

  /** Handles the failure of work whose result nothing awaits. */
  observe(work: Promise<unknown>): void {
    void this.settle(work)
  }

  /** Waits until work has ended. Never rejects. */
  async settle(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#report(error)
    }
  }

  /** Returns a clock whose tasks do not throw. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      after: (ms, task, holds) => clock.after(ms, () => this.run(task), holds),
    }
  }

  /** Returns a channel whose handlers and callbacks do not throw. */
  channel(channel: Channel): Channel {
    return {
      send: (text, onSent) => channel.send(text, onSent && (() => this.run(onSent))),
      sendAtExit: (texts) => channel.sendAtExit(texts),
      open: ({ onMessage, onClose }) => {
        channel.open({
          onMessage: (text) => this.run(() => onMessage(text)),
          onClose: () => this.run(onClose),
        })
      },
      close: () => channel.close(),
    }
  }

  #report(error: unknown): void {
    if (!this.#hasReported)
      logger.error('an internal error: metrics of several processes may be incomplete (reported once)', error)
    this.#hasReported = true
  }
}

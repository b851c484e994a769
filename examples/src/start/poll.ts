/** Waiting for something to become true. */
import { setTimeout as delay } from 'node:timers/promises'

const INTERVAL_MS = 50

/** Asks again and again until `done` says yes or `deadlineMs` is over; returns the last answer either way. */
export async function poll<T>(
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
  deadlineMs: number,
): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (done(answer) || performance.now() > deadline) return answer
    await delay(INTERVAL_MS)
  }
}

/** Waits for a condition. */
import { setTimeout as delay } from 'node:timers/promises'

const INTERVAL_MS = 50

/** Calls `read` every 50 ms until `isDone` accepts its result or `timeoutMs` has passed. Returns the last result. */
export async function poll<T>(
  read: () => Promise<T>,
  isDone: (result: T) => boolean,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const result = await read()
    if (isDone(result) || performance.now() > deadline) return result
    await delay(INTERVAL_MS)
  }
}

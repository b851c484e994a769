import type { Clock } from '../clock.ts'
import { setImmediate } from '../real-timers.ts'

/** Time after which other work of the event loop runs, in milliseconds. */
const SLICE_MS = 3

/** Runs work that yields often, in slices of a few milliseconds; other work of the event loop runs between them. */
export async function runInSlices<T>(work: Generator<void, T>, clock: Clock): Promise<T> {
  for (;;) {
    const end = clock.now() + SLICE_MS
    do {
      const step = work.next()
      if (step.done) return step.value
    } while (clock.now() < end)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

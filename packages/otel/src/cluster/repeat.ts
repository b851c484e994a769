import type { Clock } from '@vr/otel-metrics/internal'

/**
 * Runs `task` at an interval, in milliseconds. Does not keep the process alive.
 * @returns stops it
 */
export function repeat(task: () => void, intervalMs: number, clock: Pick<Clock, 'after'>): () => void {
  const start = () => clock.after(intervalMs, run, false)
  const run = (): void => {
    cancel = start()
    task()
  }
  let cancel = start()
  return () => cancel()
}

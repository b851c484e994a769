import type { Clock } from '../../clock.ts'
import type { ChangeTracker } from '../../collect/change-tracker.ts'

/** Longest time from a change to its copies, in milliseconds, with the delay of timers. */
const DELAY_MS = 8

/**
 * Runs `apply` soon after each change of the metrics of this process, so that the copies of other processes contain them.
 * @returns stops it
 */
export function applyOwnChanges(tracker: ChangeTracker, apply: () => void, clock: Clock): () => void {
  let cancel: (() => void) | undefined
  const onChange = (): void => {
    cancel ??= clock.after(
      DELAY_MS,
      () => {
        cancel = undefined
        apply()
      },
      false,
    )
  }
  tracker.onChange = onChange
  return () => {
    cancel?.()
    if (tracker.onChange === onChange) tracker.onChange = undefined
  }
}

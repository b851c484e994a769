import type { Clock } from '../../clock.ts'
import type { ChangeTracker } from '../../collect/change-tracker.ts'
import { ErrorBarrier } from '../error-barrier.ts'
import { PushTimers } from '../push-timers.ts'
import type { Deputies } from './deputies.ts'

/** Time between two observations, in milliseconds, and the time limit of each asynchronous callback. */
const OBSERVE_MS = 1000

/**
 * Runs `apply` soon after each change of the metrics of this process, so that the copies of other processes contain them. While there
 * are copies, the callbacks of observable instruments run once per second, as in a member.
 * @returns stops it
 */
export function applyOwnChanges(
  tracker: ChangeTracker,
  apply: () => void,
  deputies: Deputies,
  clock: Clock,
): () => void {
  const pushTimers = new PushTimers(new ErrorBarrier().clock(clock), OBSERVE_MS, {
    onChangesDue: apply,
    onInterval: () => {
      if (!deputies.isEmpty) void tracker.observe(OBSERVE_MS)
    },
  })
  const { onChange } = pushTimers
  tracker.onChange = onChange
  pushTimers.start()
  return () => {
    pushTimers.stop()
    if (tracker.onChange === onChange) tracker.onChange = undefined
  }
}

import { setImmediate } from '../../real-timers.ts'

let turn = 0
let willEnd = false

/**
 * Returns a number that is the same within one turn of the event loop (until its next check phase, where callbacks of
 * `setImmediate` run) and larger in the next one. It costs one immediate a turn in which it is called.
 */
export function eventLoopTurn(): number {
  if (!willEnd) {
    willEnd = true
    setImmediate(endTurn)
  }
  return turn
}

function endTurn(): void {
  turn++
  willEnd = false
}

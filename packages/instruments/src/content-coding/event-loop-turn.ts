import { setImmediate } from '../real-timers.ts'

let turn = 0
let willEnd = false

/**
 * Returns the number of the current turn of the event loop. A turn ends in the check phase, where callbacks of
 * `setImmediate` run. Costs one immediate per turn in which it is called.
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

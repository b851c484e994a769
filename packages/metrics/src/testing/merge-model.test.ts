import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MergeState, mergeStates, totals } from './merge-model.ts'
import { SimulatedCluster, type Step, schedules } from './simulated-cluster.ts'

const NO_RECEIVER = { open() {}, apply() {}, markStale() {}, end() {}, fold() {} }

/** Returns the states after each step. */
function statesOf(steps: readonly Step[]): MergeState[] {
  const cluster = new SimulatedCluster(NO_RECEIVER)
  const states = steps.map((step) => {
    cluster.run(step)
    return cluster.state
  })
  return [new SimulatedCluster(NO_RECEIVER).state, ...states]
}

/** Part of a state: without some of the sources. */
function without(state: MergeState, isMissing: (source: string) => boolean): MergeState {
  return { ...state, sources: new Map([...state.sources].filter(([key]) => !isMissing(key))) }
}

/** Three views of one cluster: from different times, and each without some of the sources. */
const views = fc
  .tuple(schedules, fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 3, maxLength: 3 }))
  .map(([steps, choices]) => {
    const states = statesOf(steps)
    return choices.map(([time, missing]) =>
      without(
        states[time % states.length] as MergeState,
        (key) => (missing & (1 << Number(key.slice(-1)))) > 0,
      ),
    ) as [MergeState, MergeState, MergeState]
  })

describe('mergeStates', () => {
  it('I6: is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(views, ([a, b, c]) => {
        expect(mergeStates(a, b)).toEqual(mergeStates(b, a))
        expect(mergeStates(mergeStates(a, b), c)).toEqual(mergeStates(a, mergeStates(b, c)))
        expect(mergeStates(a, a)).toEqual(a)
        expect(mergeStates(mergeStates(a, b), b)).toEqual(mergeStates(a, b))
      }),
    )
  })

  it('I1, I6: has the totals of the newest state after states of any age, in any order', () => {
    fc.assert(
      fc.property(schedules, fc.array(fc.nat()), (steps, order) => {
        const states = statesOf(steps)
        const newest = states.at(-1) as MergeState
        const merged = order
          .map((time) => states[time % states.length] as MergeState)
          .reduceRight(mergeStates, newest)
        expect(totals(merged)).toEqual(totals(newest))
      }),
    )
  })
})

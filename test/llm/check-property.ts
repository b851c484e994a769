import fc, { type RunDetails } from 'fast-check'

/**
 * Asserts a property of a running program in a few runs. A failure has its cause and the seed, and not the values, which are
 * long.
 */
export function check<Values>(property: fc.IAsyncProperty<Values>, numRuns: number): Promise<void> {
  return fc.assert(property, {
    numRuns,
    endOnFailure: true,
    asyncReporter: async (details: RunDetails<Values>) => {
      if (!details.failed) return
      throw new Error(`failed in run ${details.numRuns} with seed ${details.seed}`, {
        cause: details.errorInstance,
      })
    },
  })
}

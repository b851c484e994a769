import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Program, program } from '../testing/differential-program.ts'
import { normalisePair } from '../testing/normalise.ts'
import { type OpenProvider, runProgram } from '../testing/run-program.ts'
import { MeterProvider } from './meter-provider.ts'

/** Number of generated programs; `npm run differential -w packages/metrics` runs 20,000. */
const RUNS = Number(process.env['VR_DIFFERENTIAL_RUNS'] ?? 1_000)

const START = 1_700_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

async function run(generated: Program, open: OpenProvider, limit: number | undefined) {
  vi.setSystemTime(START)
  return await runProgram(generated, open, limit, (millis) => vi.setSystemTime(Date.now() + millis))
}

it(
  `exports the same metrics as sdk-metrics in ${RUNS} generated programs`,
  async () => {
    await fc.assert(
      fc.asyncProperty(program, async (generated) => {
        const { limit } = generated
        // The limit of sdk-metrics includes the overflow series.
        const stock = await run(generated, (options) => new StockMeterProvider(options), limit && limit + 1)
        const ours = await run(
          generated,
          (options) => new MeterProvider({ ...options, now: Date.now }),
          limit,
        )
        expect(ours).toHaveLength(stock.length)
        for (const [i, collected] of ours.entries()) {
          const [expected, actual] = normalisePair(stock[i] ?? collected, collected)
          expect(actual).toEqual(expected)
        }
      }),
      { numRuns: RUNS },
    )
  },
  30 * 60_000,
)

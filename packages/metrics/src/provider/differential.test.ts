import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Program, program } from '../testing/differential-program.ts'
import { normalisePair } from '../testing/normalise.ts'
import { type OpenProvider, runProgram } from '../testing/run-program.ts'
import { MeterProvider } from './meter-provider.ts'

/** Programs to try; `npm run differential -w packages/metrics` tries 20,000. */
const RUNS = Number(process.env['VR_DIFFERENTIAL_RUNS'] ?? 1_000)

const START = 1_700_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

async function run(tried: Program, open: OpenProvider, limit: number | undefined) {
  vi.setSystemTime(START)
  return await runProgram(tried, open, limit, (millis) => vi.setSystemTime(Date.now() + millis))
}

it(
  `gives what the stock SDK gives, in ${RUNS} generated programs`,
  async () => {
    await fc.assert(
      fc.asyncProperty(program, async (tried) => {
        const { limit } = tried
        // Stock counts the overflow series into its limit.
        const stock = await run(tried, (options) => new StockMeterProvider(options), limit && limit + 1)
        const ours = await run(tried, (options) => new MeterProvider({ ...options, now: Date.now }), limit)
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

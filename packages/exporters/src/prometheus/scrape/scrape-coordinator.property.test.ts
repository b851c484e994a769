import { setImmediate } from 'node:timers/promises'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { collection, counter, PLAIN, point, resourceMetrics } from '../../testing/metric-data.ts'
import { defaultFormat } from '../text/formats.ts'
import { ScrapeCoordinator } from './scrape-coordinator.ts'

const STEP = 100
const NEVER = new Promise<never>(() => {})

/** A complete collection, and one without the slow instrument. */
const results: Readonly<Record<'whole' | 'part', CollectionResult>> = {
  whole: collection(resourceMetrics([counter('c', [point(1)])])),
  part: collection(resourceMetrics([])),
}

/** A source with an instrument that takes `duration` milliseconds. */
class SlowSource {
  readonly #clock: ManualClock
  readonly #duration: number
  #running = 0
  mostRunning = 0

  constructor(clock: ManualClock, duration: number) {
    this.#clock = clock
    this.#duration = duration
  }

  readonly collect = ({ timeoutMillis }: { timeoutMillis: number }): Promise<CollectionResult> => {
    this.#running += 1
    this.mostRunning = Math.max(this.mostRunning, this.#running)
    return new Promise((resolve) =>
      this.#clock.after(Math.min(this.#duration, timeoutMillis), () => {
        this.#running -= 1
        resolve(this.#duration <= timeoutMillis ? results.whole : results.part)
      }),
    )
  }
}

interface Arrival {
  readonly second: number
  readonly limit: number
}

interface Outcome extends Arrival {
  readonly took: number
  readonly result: 'whole' | 'part' | 'late'
}

/** Starts scrapes at their times and returns the outcomes. */
async function play(arrivals: readonly Arrival[], duration: number) {
  const clock = new ManualClock()
  const source = new SlowSource(clock, duration)
  const scrapes = new ScrapeCoordinator(source.collect, PLAIN, clock)
  const outcomes: Outcome[] = []
  const scrape = async (arrival: Arrival): Promise<void> => {
    const request = {
      format: defaultFormat,
      scheme: 'underscores',
      names: undefined,
      acceptsGzip: false,
    } as const
    const arrived = clock.now()
    const made = scrapes.body({ ...request, timeoutMs: arrival.limit }, NEVER)
    const result = await made.then(
      (body) => (body?.byteLength === 0 ? 'part' : 'whole'),
      () => 'late' as const,
    )
    outcomes.push({ ...arrival, took: clock.now() - arrived, result })
  }
  while (outcomes.length < arrivals.length) {
    for (const arrival of arrivals) if (arrival.second * 1000 === clock.now()) void scrape(arrival)
    await setImmediate() // until all promises are settled
    await clock.advance(STEP)
  }
  return { outcomes, mostRunning: source.mostRunning }
}

it('responds to each scrape within its own timeout and gives instruments half of it, whatever other scrapes run', async () => {
  const arrival = fc.record({
    second: fc.integer({ min: 0, max: 40 }),
    limit: fc.constantFrom(1000, 10_000, 30_000),
  })
  const duration = fc.integer({ min: 1, max: 400 }).map((steps) => steps * STEP)
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 1, maxLength: 30, size: 'max' }),
      duration,
      async (arrivals, takes) => {
        const { outcomes, mostRunning } = await play(arrivals, takes)
        expect(mostRunning).toBeLessThanOrEqual(8)
        for (const { took, result, limit } of outcomes) {
          expect(result).not.toBe('late')
          expect(took).toBeLessThanOrEqual(limit)
          if (takes <= 0.4 * limit) expect(result).toBe('whole')
        }
      },
    ),
    { numRuns: 50 },
  )
})

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

/** With everything that was to be collected, or with what there was in time. */
const results: Readonly<Record<'whole' | 'part', CollectionResult>> = {
  whole: collection(resourceMetrics([counter('c', [point(1)])])),
  part: collection(resourceMetrics([])),
}

/** A source of metrics with an instrument that takes `duration` milliseconds. */
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
  readonly answer: 'whole' | 'part' | 'late'
}

/** Lets scrapes come one after the other, and gives what became of them. */
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
    const answer = await made.then(
      (payload) => (payload?.byteLength === 0 ? 'part' : 'whole'),
      () => 'late' as const,
    )
    outcomes.push({ ...arrival, took: clock.now() - arrived, answer })
  }
  while (outcomes.length < arrivals.length) {
    for (const arrival of arrivals) if (arrival.second * 1000 === clock.now()) void scrape(arrival)
    await setImmediate() // until all promises are settled
    await clock.advance(STEP)
  }
  return { outcomes, mostRunning: source.mostRunning }
}

it('gives each scrape an answer in its own time, and instruments half of it, whatever others overlap', async () => {
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
        for (const { took, answer, limit } of outcomes) {
          expect(answer).not.toBe('late')
          expect(took).toBeLessThanOrEqual(limit)
          if (takes <= 0.4 * limit) expect(answer).toBe('whole')
        }
      },
    ),
    { numRuns: 50 },
  )
})

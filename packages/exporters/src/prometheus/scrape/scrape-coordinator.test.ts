import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { collection, counter, PLAIN, point, resourceMetrics } from '../../testing/metric-data.ts'
import { defaultFormat } from '../text/formats.ts'
import { ScrapeCoordinator, type ScrapeRequest } from './scrape-coordinator.ts'

const NEVER = new Promise<never>(() => {})

function result(value: number): CollectionResult {
  return collection(resourceMetrics([counter('c', [point(value)])]))
}

interface Collection {
  /** Timeout of its instruments. */
  readonly timeoutMillis: number
  end(value: number): void
}

/**
 * A coordinator whose collections are ended by the test, or at their timeout without late instruments.
 */
function open({ hangs = false } = {}) {
  const clock = new ManualClock()
  const collections: Collection[] = []
  const scrapes = new ScrapeCoordinator(
    ({ timeoutMillis }) =>
      new Promise((resolve) => {
        const end = (value: number): void => resolve(result(value))
        collections.push({ timeoutMillis, end })
        if (!hangs) clock.after(timeoutMillis, () => end(0))
      }),
    PLAIN,
    clock,
  )
  /** Result of a scrape: the value of the counter, or the error. */
  const scrape = (
    timeLimit: number,
    names?: readonly string[],
    disconnected: Promise<void> = NEVER,
  ): Promise<unknown> => {
    const request: ScrapeRequest = {
      format: defaultFormat,
      scheme: 'underscores',
      names,
      acceptsGzip: false,
      timeoutMs: timeLimit,
    }
    return scrapes.body(request, disconnected).then(
      (body) => body && Number(/c_total (\d+)/.exec(Buffer.concat(body.chunks).toString())?.[1]),
      (error: unknown) => `${error}`,
    )
  }
  return { clock, collections, scrape }
}

describe('concurrent scrapes', () => {
  it('share a collection if their timeouts are similar', async () => {
    const { clock, collections, scrape } = open()
    const first = scrape(10_000)
    await clock.advance(2000)
    const second = scrape(10_000)
    const third = scrape(20_000, ['c'])
    await settle()
    expect(collections.map(({ timeoutMillis }) => timeoutMillis)).toEqual([8000, 16_000])
    for (const { end } of collections) end(7)
    expect(await Promise.all([first, second, third])).toEqual([7, 7, 7])
  })

  it('do not share a short timeout: a collection continues for a scrape with 30 s after one with 1 s', async () => {
    const { clock, collections, scrape } = open({ hangs: true })
    const short = scrape(1000)
    const long = scrape(30_000)
    await clock.advance(1000)
    expect(await short).toBe('TimeoutError: collecting the metrics took longer than 1000 ms')
    await clock.advance(5000)
    for (const { end } of collections) end(3)
    expect(await long).toBe(3)
  })

  it('do not share a short timeout: a scrape with 30 s gets instruments that one with 1 s omits', async () => {
    const { clock, collections, scrape } = open()
    const short = scrape(1000)
    const long = scrape(30_000)
    await clock.advance(800)
    expect(await short).toBe(0)
    await clock.advance(5000)
    collections[1]?.end(3)
    expect(await long).toBe(3)
  })

  it('do not share a long timeout: a scrape with 1 s gets a response in time', async () => {
    const { clock, scrape } = open()
    const long = scrape(30_000)
    await clock.advance(100)
    const short = scrape(1000)
    await clock.advance(800)
    expect(await short).toBe(0)
    await clock.advance(23_100)
    expect(await long).toBe(0)
  })

  it('do not join a collection that ends too soon for their instruments', async () => {
    const { clock, collections, scrape } = open()
    void scrape(10_000)
    await clock.advance(5000)
    void scrape(10_000)
    expect(collections).toHaveLength(2)
  })

  it('wait until one of eight collections has ended, and share the next one', async () => {
    const { clock, collections, scrape } = open({ hangs: true })
    const limits = [60_000, 50_000, 42_000, 36_000, 30_000, 25_000, 21_000, 18_000]
    const responses = limits.map((limit) => scrape(limit))
    const waiting = [scrape(1000), scrape(15_000, ['c'])]
    await settle()
    expect(collections).toHaveLength(8)
    expect(await Promise.race([waiting[0], clock.advance(1000)])).toMatch('took longer than 1000 ms')
    collections[3]?.end(4)
    expect(await responses[3]).toBe(4)
    expect(collections[8]?.timeoutMillis).toBe(14_000 * 0.8)
    for (const { end } of collections) end(1)
    expect(await Promise.all([...responses, ...waiting.slice(1)])).toEqual([1, 1, 1, 4, 1, 1, 1, 1, 1])
  })

  it('of disconnected clients write no body and leave no collection behind', async () => {
    const { clock, collections, scrape } = open({ hangs: true })
    const disconnected = Promise.resolve()
    const left = Array.from({ length: 100 }, (_, at) => scrape(1000 + at * 500, [`${at}`], disconnected))
    expect(new Set(await Promise.all(left))).toEqual(new Set([undefined]))
    const real = scrape(10_000)
    await settle()
    collections.at(-1)?.end(5)
    expect(await real).toBe(5)
    await clock.advance(60_000)
    const next = scrape(10_000)
    collections.at(-1)?.end(6)
    expect(await next).toBe(6)
  })
})

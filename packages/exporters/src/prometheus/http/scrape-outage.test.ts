import { TimeoutError, UnavailableError } from '@vr/otel-metrics/internal'
import { beforeEach, describe, expect, it } from 'vitest'
import { captureDiagnostics } from '../../testing/diagnostics.ts'
import { request } from '../../testing/loopback.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { PLAIN } from '../../testing/metric-data.ts'
import { SMALL, serveUntilEnd } from '../../testing/scrape-endpoint.ts'
import { COLLECTING, ScrapeCoordinator, WRITING } from '../scrape/scrape-coordinator.ts'
import { createHandler } from './handler.ts'
import { ScrapeOutage } from './scrape-outage.ts'

let clock: ManualClock
let logged: string[]
let outage: ScrapeOutage

beforeEach(() => {
  clock = new ManualClock()
  logged = []
  const keep = (message: string): void => void logged.push(message)
  outage = new ScrapeOutage({ error: keep, warn: keep, info: keep }, clock)
})

describe('a failed scrape', () => {
  it.each([
    [
      COLLECTING,
      /: collecting the metrics took longer than 1100 ms; find the slow observable callback, or raise/,
    ],
    [WRITING, /: writing the metrics took longer than 1100 ms; reduce the number of series, .*or raise/],
  ])('that timed out while %s gets 503, and the log has the remedy of that step', (step, message) => {
    const text = `${step} took longer than 1100 ms`
    expect(outage.begin(new TimeoutError(step, 1100))).toEqual({ status: 503, text })
    expect(logged).toEqual([expect.stringMatching(message)])
  })

  it('whose metrics are not available now gets 503 with the reason', () => {
    const text = 'the metrics of all workers are not available'
    expect(outage.begin(new UnavailableError(text))).toEqual({ status: 503, text })
    expect(logged).toEqual([`prometheus: a scrape failed with status 503: ${text}`])
  })

  it('with another error gets 500 without the text of the error', () => {
    expect(outage.begin(new Error('secret'))).toEqual({ status: 500, text: 'metrics could not be collected' })
    expect(logged).toEqual(['prometheus: a scrape failed with status 500: Error: secret'])
  })
})

describe('an outage of scrapes', () => {
  it('with one error is logged once, whatever numbers the error has', async () => {
    for (let i = 0; i < 5; i++) {
      outage.begin(new TimeoutError(COLLECTING, 1000 + i))
      await clock.advance(60_000)
    }
    expect(logged).toHaveLength(1)
  })

  it('is logged again when another error with the same status follows', async () => {
    const errors = ['the first', 'the first', 'the second', 'the second']
    const { messages, stop } = captureDiagnostics()
    const scrapes = new ScrapeCoordinator(
      async () => {
        const error = errors.shift()
        if (error !== undefined) throw new Error(error)
        return SMALL
      },
      PLAIN,
      clock,
    )
    const port = await serveUntilEnd(createHandler(scrapes, undefined, clock))
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) {
      statuses.push((await request(port)).status)
      await clock.advance(60_000)
    }
    stop()
    expect(statuses).toEqual([500, 500, 500, 500, 200])
    expect(messages).toEqual([
      'error: prometheus: a scrape failed with status 500: Error: the first',
      'error: prometheus: a scrape failed with status 500: Error: the second',
      'error: prometheus: scrapes succeed again',
    ])
  })
})

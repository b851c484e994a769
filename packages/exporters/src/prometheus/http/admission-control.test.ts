import { expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { PacedResponse } from '../../testing/paced-response.ts'
import { uncompressedBody } from '../scrape/scrape-body.ts'
import { AdmissionControl } from './admission-control.ts'
import { ScrapeResponse } from './scrape-response.ts'

const TIMEOUT = { bodyMs: 10_000, readMs: 60_000, stallMs: 30_000 }
const text = (collectedAt: number) =>
  uncompressedBody({ contentType: 'text/plain', key: 'all', collectedAt }, [Buffer.alloc(1_000_000)])

it('counts a client as stalled only while it has bytes in flight', async () => {
  const clock = new ManualClock()
  const admission = new AdmissionControl(clock)
  const body = text(0)
  const admit = (): { scrape: ScrapeResponse; response: PacedResponse } => {
    const response = new PacedResponse(undefined)
    const scrape = new ScrapeResponse(response.asResponse(), 'client', TIMEOUT, clock.now())
    expect(admission.admit(scrape)).toBe(true)
    return { scrape, response }
  }
  const first = Array.from({ length: 8 }, admit)
  for (const { scrape } of first) {
    expect(admission.admitBody(scrape, body)).toBe(body)
    scrape.start(body)
  }
  await clock.advance(5000)
  expect(admission.admitBody(admit().scrape, body)).toBeUndefined()
  for (const { scrape } of first) scrape.writeNext(1000, () => {})
  await clock.advance(1500)
  expect(admission.admitBody(admit().scrape, body)).toBe(body)
  expect(first.map(({ response }) => response.destroyed)).toEqual([true, ...Array(7).fill(false)])
})

it('shares a body of at most two seconds when there is no memory for another one', async () => {
  const clock = new ManualClock()
  const admission = new AdmissionControl(clock)
  const send = (collectedAt: number, client = 'first') => {
    const scrape = new ScrapeResponse(new PacedResponse(undefined).asResponse(), client, TIMEOUT, clock.now())
    admission.admit(scrape)
    const body = admission.admitBody(scrape, text(collectedAt))
    if (body !== undefined) scrape.start(body)
    return body?.collectedAt
  }
  // One client can have four times the largest body and 1 MB: five bodies of 1 MB. All clients together:
  // nine.
  expect([0, 100, 200, 300, 400].map((at) => send(at))).toEqual([0, 100, 200, 300, 400])
  expect([500, 2400, 2401].map((at) => send(at))).toEqual([400, 400, undefined])
  expect([3000, 3001, 3002, 3003, 3004].map((at) => send(at, 'second'))).toEqual([
    3000, 3001, 3002, 3003, 3003,
  ])
  expect(send(6000, 'third')).toBeUndefined()
})

import { expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { PacedResponse } from '../../testing/paced-response.ts'
import { uncompressedBody } from '../scrape/scrape-body.ts'
import { AdmissionControl } from './admission-control.ts'
import { ScrapeResponse } from './scrape-response.ts'

const TIMEOUT = { bodyMs: 10_000, readMs: 60_000, stallMs: 30_000 }
const text = (collectedAt: number) =>
  uncompressedBody({ contentType: 'text/plain', key: 'all', collectedAt }, [Buffer.alloc(1_000_000)])

it('takes a client for stuck only while it has something to take', async () => {
  const clock = new ManualClock()
  const places = new AdmissionControl(clock)
  const payload = text(0)
  const enter = (): { answer: ScrapeResponse; response: PacedResponse } => {
    const response = new PacedResponse(undefined)
    const answer = new ScrapeResponse(response.asResponse(), 'client', TIMEOUT, clock.now())
    expect(places.admit(answer)).toBe(true)
    return { answer, response }
  }
  const first = Array.from({ length: 8 }, enter)
  for (const { answer } of first) {
    expect(places.admitBody(answer, payload)).toBe(payload)
    answer.sendHead(payload)
  }
  await clock.advance(5000)
  expect(places.admitBody(enter().answer, payload)).toBeUndefined()
  for (const { answer } of first) answer.writeNext(1000, () => {})
  await clock.advance(1500)
  expect(places.admitBody(enter().answer, payload)).toBe(payload)
  expect(first.map(({ response }) => response.destroyed)).toEqual([true, ...Array(7).fill(false)])
})

it('gives no text that is older than two seconds to a client for whose text there is no room', async () => {
  const clock = new ManualClock()
  const places = new AdmissionControl(clock)
  const send = (collectedAt: number, client = 'first') => {
    const answer = new ScrapeResponse(new PacedResponse(undefined).asResponse(), client, TIMEOUT, clock.now())
    places.admit(answer)
    const payload = places.admitBody(answer, text(collectedAt))
    if (payload !== undefined) answer.sendHead(payload)
    return payload?.collectedAt
  }
  // Four texts and a megabyte are five texts of a megabyte; all clients together have room for nine.
  expect([0, 100, 200, 300, 400].map((at) => send(at))).toEqual([0, 100, 200, 300, 400])
  expect([500, 2400, 2401].map((at) => send(at))).toEqual([400, 400, undefined])
  expect([3000, 3001, 3002, 3003, 3004].map((at) => send(at, 'second'))).toEqual([
    3000, 3001, 3002, 3003, 3003,
  ])
  expect(send(6000, 'third')).toBeUndefined()
})

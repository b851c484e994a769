import { expect, it } from 'vitest'
import { ManualClock } from '../testing/manual-clock.ts'
import { PacedResponse } from '../testing/paced-response.ts'
import { Answer } from './answer.ts'
import { plainPayload } from './body.ts'
import { Places } from './places.ts'

const TIMEOUT = { making: 10_000, reading: 60_000, stalling: 30_000 }
const text = (collectedAt: number) =>
  plainPayload({ contentType: 'text/plain', key: 'all', collectedAt }, [Buffer.alloc(1_000_000)])

it('takes a client for stuck only while it has something to take', async () => {
  const clock = new ManualClock()
  const places = new Places(clock)
  const payload = text(0)
  const enter = (): { answer: Answer; response: PacedResponse } => {
    const response = new PacedResponse(undefined)
    const answer = new Answer(response.asResponse(), 'client', TIMEOUT, clock.now())
    expect(places.enter(answer)).toBe(true)
    return { answer, response }
  }
  const first = Array.from({ length: 8 }, enter)
  for (const { answer } of first) {
    expect(places.send(answer, payload)).toBe(payload)
    answer.begin(payload)
  }
  await clock.advance(5000)
  expect(places.send(enter().answer, payload)).toBeUndefined()
  for (const { answer } of first) answer.writeNext(1000, () => {})
  await clock.advance(1500)
  expect(places.send(enter().answer, payload)).toBe(payload)
  expect(first.map(({ response }) => response.destroyed)).toEqual([true, ...Array(7).fill(false)])
})

it('gives no text that is older than two seconds to a client for whose text there is no room', async () => {
  const clock = new ManualClock()
  const places = new Places(clock)
  const send = (collectedAt: number, client = 'first') => {
    const answer = new Answer(new PacedResponse(undefined).asResponse(), client, TIMEOUT, clock.now())
    places.enter(answer)
    const payload = places.send(answer, text(collectedAt))
    if (payload !== undefined) answer.begin(payload)
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

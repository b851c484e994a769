import { expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { FlushRounds, type FlushTarget } from './flush-rounds.ts'

/** Rounds with members that are asked; `stale` is one that does not answer. */
function open(...targets: ('live' | 'stale')[]) {
  const clock = new ManualClock()
  const requests: string[] = []
  const members: FlushTarget[] = targets.map((state, index) => ({
    requestFlush: (id) => {
      if (state === 'live') requests.push(`${index}: ${id}`)
      return state === 'live'
    },
  }))
  return { clock, requests, members, rounds: new FlushRounds(clock, () => members) }
}

/** Returns the result of a promise as soon as it has one. */
function observe(promise: Promise<boolean>): { result?: boolean } {
  const observed: { result?: boolean } = {}
  void promise.then((result) => {
    observed.result = result
  })
  return observed
}

it('is complete when all members have answered', async () => {
  const { rounds, members, requests } = open('live', 'live')
  const flush = observe(rounds.request())
  await settle()
  expect(requests).toEqual(['0: 1', '1: 1'])
  rounds.onFlushed(members[0] as FlushTarget, 1)
  await settle()
  expect(flush).toEqual({})
  rounds.onFlushed(members[1] as FlushTarget, 1)
  await settle()
  expect(flush).toEqual({ result: true })
})

it('is not complete after 30 ms without an answer', async () => {
  const { rounds, clock } = open('live')
  const flush = observe(rounds.request())
  await clock.advance(29)
  expect(flush).toEqual({})
  await clock.advance(1)
  expect(flush).toEqual({ result: false })
})

it('does not wait for stale members, and is not complete with them', async () => {
  const { rounds } = open('stale')
  expect(await rounds.request()).toBe(false)
})

it('does not wait for a member that has ended', async () => {
  const { rounds, members } = open('live')
  const flush = observe(rounds.request())
  await settle()
  rounds.remove(members[0] as FlushTarget)
  await settle()
  expect(flush).toEqual({ result: true })
})

it('starts one round for all scrapes of 10 ms, and none of them uses an earlier round', async () => {
  const { rounds, clock, requests, members } = open('live')
  const first = observe(rounds.request())
  await clock.advance(1)
  const later = [observe(rounds.request()), observe(rounds.request())]
  rounds.onFlushed(members[0] as FlushTarget, 1)
  await settle()
  expect([first, ...later]).toEqual([{ result: true }, {}, {}])
  await clock.advance(9)
  expect(requests).toEqual(['0: 1', '0: 2'])
  rounds.onFlushed(members[0] as FlushTarget, 2)
  await settle()
  expect(later).toEqual([{ result: true }, { result: true }])
})

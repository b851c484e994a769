import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { MemoryChannel } from '../../testing/memory-channel.ts'
import { Copies } from './copies.ts'
import { Deputies } from './deputies.ts'

/** The verbs of the copy messages that were sent. */
const verbsOf = ({ sent }: MemoryChannel): string[] =>
  sent.map((text) => JSON.parse(text.slice('copy '.length))[0])

/** Whether a member holds copies: all were sent, and they were not declared void. */
const isReady = (member: MemoryChannel): boolean =>
  verbsOf(member).lastIndexOf('ready') > verbsOf(member).lastIndexOf('begin')

describe('Deputies', () => {
  let clock: ManualClock
  let deputies: Deputies
  let members: MemoryChannel[]

  beforeEach(() => {
    clock = new ManualClock()
    deputies = new Deputies(new Copies('ended'), clock)
    members = Array.from({ length: 4 }, () => new MemoryChannel())
  })

  /** Advances the time while some members push every second. */
  async function run(seconds: number, pushing: readonly MemoryChannel[]): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000)
      for (const member of pushing) deputies.noteMessage(member)
    }
    await settle()
  }

  it('call a task when a deputy has all copies, also the latest change', async () => {
    const [first, second] = members as [MemoryChannel, MemoryChannel]
    const calls: string[] = []
    first.isBlocked = true
    deputies.add(first)
    deputies.whenCopied(() => calls.push('a'))
    await settle()
    expect(calls).toEqual([])
    deputies.add(second)
    await settle()
    expect([calls, isReady(second)]).toEqual([['a'], true])
    second.isBlocked = true
    deputies.update(['open', 'source', '0'])
    deputies.whenCopied(() => calls.push('b'))
    await settle()
    expect(calls).toEqual(['a'])
    second.takeAll()
    expect(calls).toEqual(['a', 'b'])
  })

  it('call a task at once without members, and when the last member has ended', async () => {
    const [member] = members as [MemoryChannel]
    const calls: string[] = []
    deputies.whenCopied(() => calls.push('a'))
    expect(calls).toEqual(['a'])
    member.isBlocked = true
    deputies.add(member)
    deputies.whenCopied(() => calls.push('b'))
    deputies.remove(member)
    expect(calls).toEqual(['a', 'b'])
  })

  it('replace a deputy that has been silent for 3 s, when its successor has all copies; it can be appointed again', async () => {
    const [stopped, second, third] = members as [MemoryChannel, MemoryChannel, MemoryChannel]
    for (const member of [stopped, second, third]) deputies.add(member)
    third.isBlocked = true
    await run(2, [second, third])
    expect([stopped, second, third].map((member) => deputies.has(member))).toEqual([true, true, false])
    await run(1, [second, third])
    expect([stopped, second, third].map((member) => deputies.has(member))).toEqual([true, true, true])
    third.takeAll()
    await settle()
    expect([stopped, second, third].map(isReady)).toEqual([false, true, true])
    deputies.remove(second)
    expect(deputies.has(stopped)).toBe(false)
    deputies.noteMessage(stopped)
    await settle()
    expect(isReady(stopped)).toBe(true)
  })

  it('keep a silent deputy that no other member can replace', async () => {
    const [stopped, other] = members as [MemoryChannel, MemoryChannel]
    deputies.add(stopped)
    deputies.add(other)
    await run(10, [other])
    expect([stopped, other].map(isReady)).toEqual([true, true])
  })

  it('replace no deputy because this process was stopped', async () => {
    for (const member of members) deputies.add(member)
    await settle()
    await clock.block(60_000)
    // The members that are no deputies are the first whose messages arrive.
    await run(5, members.toReversed())
    expect(members.map((member) => deputies.has(member))).toEqual([true, true, false, false])
  })
})

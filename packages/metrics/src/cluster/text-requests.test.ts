import { expect, it } from 'vitest'
import { settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'

/** Texts that need many parts: with characters that JSON escapes, and characters of several bytes. */
const LONG = [`"${'a\n'.repeat(40_000)}"`, '\u0000'.repeat(30_000), '€'.repeat(30_000), '']

/** A member that is connected to an aggregator; `channel` is the member's side. */
async function connect(answers: { aggregator?: string; member?: string }) {
  const { aggregator, clock } = openAggregator({ onRequest: async () => answers.aggregator ?? '' })
  const { member } = openMember({ onRequest: async () => answers.member ?? '' }, clock)
  const [channel, side] = MemoryChannel.pair()
  aggregator.accept(side)
  member.connect(channel)
  await settle()
  return { aggregator, member, clock, channel, side }
}

it.each(LONG)('a member gets a text of the aggregator, in parts that fit into messages', async (text) => {
  const { member, side } = await connect({ aggregator: text })
  expect(await member.request(1000)).toBe(text)
  for (const message of side.sent) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
})

it.each(LONG)('the aggregator gets the texts of its members', async (text) => {
  const { aggregator } = await connect({ member: text })
  expect(await aggregator.requestAll(1000)).toEqual([text])
})

it('the next part of a text waits until the channel has taken the one before', async () => {
  const { member, side } = await connect({ aggregator: LONG[0] as string })
  side.isBlocked = true
  const before = side.sent.length
  const received = member.request(1000)
  await settle()
  expect(side.sent).toHaveLength(before + 1)
  side.takeAll()
  expect(await received).toBe(LONG[0])
})

it('a request ends at its time limit and at the end of the connection', async () => {
  const { member, side, clock } = await connect({ aggregator: 'text' })
  side.isBlocked = true
  const late = member.request(50)
  await clock.advance(50)
  expect(await late).toBeUndefined()
  const lost = member.request(1000)
  member.close()
  expect(await lost).toBeUndefined()
  expect(await member.request(1000)).toBeUndefined()
})

it('a late answer of one request does not reach the next one', async () => {
  const { member, side, clock } = await connect({ aggregator: 'text' })
  side.isBlocked = true
  const late = member.request(50)
  await clock.advance(50)
  expect(await late).toBeUndefined()
  const next = member.request(50)
  await clock.advance(1)
  side.takeAll()
  expect(await next).toBe('text')
})

it('an error of the answering side leaves the other side without an answer', async () => {
  const { aggregator, clock } = openAggregator({ onRequest: () => Promise.reject(new Error('failed')) })
  const { member } = openMember({}, clock)
  const [channel, side] = MemoryChannel.pair()
  aggregator.accept(side)
  member.connect(channel)
  await settle()
  const failed = member.request(50)
  await clock.advance(50)
  expect(await failed).toBeUndefined()
})

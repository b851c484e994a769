import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostileMessages } from '../testing/hostile-values.ts'
import { settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { valuesOf } from '../testing/values-of.ts'
import { PROTOCOL_VERSION } from './messages.ts'

const HELLO = { type: 'hello', protocol: PROTOCOL_VERSION, version: '1.0.0', key: 'hostile', serves: true }

it('I12: messages of any shape do not throw, do not end the aggregator, and do not change the values of others', async () => {
  await fc.assert(
    fc.asyncProperty(hostileMessages, async (messages) => {
      const { aggregator, store, clock } = openAggregator()
      const { member, counter } = openMember({}, clock)
      const [healthy, healthySide] = MemoryChannel.pair()
      const [, hostileSide] = MemoryChannel.pair()
      aggregator.accept(healthySide)
      const connection = aggregator.accept(hostileSide)
      member.connect(healthy)
      counter.add(5)
      hostileSide.receive(JSON.stringify(HELLO))
      for (const message of messages) {
        hostileSide.receive(JSON.stringify(message))
        hostileSide.receive(message)
      }
      await clock.advance(20)
      expect(await valuesOf(store)).toMatchObject({ 'requests {}': 5 })
      connection.exited()
      counter.add(1)
      await clock.advance(5_000)
      const values = await valuesOf(store)
      expect(values).toMatchObject({ 'requests {}': 6 })
      expect(
        Object.entries(values).filter(([name, value]) => name !== 'b {}' && Number.isNaN(value)),
      ).toEqual([])
      expect(aggregator.stats).toMatchObject({ live: 1, stale: 0 })
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    }),
    { numRuns: 120 },
  )
})

it('I12: a member ignores messages of any shape from its aggregator', async () => {
  await fc.assert(
    fc.asyncProperty(hostileMessages, async (messages) => {
      const { aggregator, store, clock } = openAggregator()
      const { member, replica, counter } = openMember({}, clock)
      const [channel, side] = MemoryChannel.pair()
      aggregator.accept(side)
      member.connect(channel)
      counter.add(5)
      await settle()
      const isHarmless = (message: unknown): boolean =>
        (message as { type?: unknown } | null)?.type !== 'refused'
      for (const message of messages.filter(isHarmless)) {
        channel.receive(JSON.stringify(message))
        channel.receive({ type: 'state', push: message, isLast: true })
        channel.receive(JSON.stringify({ type: 'synced', id: message, complete: message }))
      }
      await clock.advance(20)
      const synced = member.sync()
      await clock.advance(50)
      expect(await synced).toBe(true)
      expect(await valuesOf(replica)).toMatchObject({ 'requests {}': 5 })
      expect(await valuesOf(store)).toMatchObject({ 'requests {}': 5 })
    }),
    { numRuns: 60 },
  )
})

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostileMessages } from '../testing/hostile-values.ts'
import { settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { valuesOf } from '../testing/values-of.ts'
import type { SharedReadiness } from './control-messages.ts'
import { PROTOCOL_VERSION } from './messages.ts'

const HELLO = { type: 'hello', protocol: PROTOCOL_VERSION, version: '1.0.0', key: 'hostile', serves: true }

/** Whether a readiness has the types and the bounds of its definition; that of a member that has sent none is `undefined`. */
function isBounded(readiness: SharedReadiness | undefined): boolean {
  if (readiness === undefined) return true
  const { isDraining, checks, mcpServers, ...others } = readiness
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 2000
  return (
    typeof isDraining === 'boolean' &&
    Object.keys(others).length === 0 &&
    Math.max(checks.length, mcpServers.length) <= 200 &&
    checks.every(
      ({ name, isReady, reason = '' }) => typeof isReady === 'boolean' && [name, reason].every(isText),
    ) &&
    mcpServers.every(({ serverLabel, status }) => [serverLabel, status].every(isText))
  )
}

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
      for (const { readiness } of aggregator.readiness) expect(isBounded(readiness)).toBe(true)
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
    { numRuns: 60, examples: [[[{ type: 'state', push: { type: 'push', sequence: 1e9 }, isLast: true }]]] },
  )
})

it('I12: a readiness that is not valid is refused, and the one before stays', async () => {
  const valid = {
    isDraining: true,
    checks: [{ name: 'database', isReady: false, reason: 'x'.repeat(2000) }],
    mcpServers: [{ serverLabel: 'github', status: 'ok' }],
  }
  const broken = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      { ...valid, isDraining: 'yes' },
      { ...valid, checks: {} },
      { ...valid, checks: [null] },
      { ...valid, checks: [{ name: 'x'.repeat(2001), isReady: true }] },
      { ...valid, checks: [{ name: 'x', isReady: 1 }] },
      { ...valid, checks: [{ name: 'x', isReady: true, reason: 5 }] },
      { ...valid, checks: Array(201).fill({ name: 'x', isReady: true }) },
      { ...valid, mcpServers: [{ serverLabel: 'github' }] },
      { ...valid, mcpServers: Array(201).fill({ serverLabel: 'github', status: 'ok' }) },
    ),
  )
  await fc.assert(
    fc.asyncProperty(broken, async (readiness) => {
      const { aggregator } = openAggregator()
      const [, side] = MemoryChannel.pair()
      aggregator.accept(side)
      const send = (message: object): void => side.receive(JSON.stringify(message))
      send({ ...HELLO, serves: false })
      send({ type: 'serving' }) // a member whose aggregator opens VR_METRICS_PORT
      send({ type: 'readiness', readiness: { ...valid, other: 1 } })
      send({ type: 'readiness', readiness })
      await settle()
      expect(aggregator.readiness).toEqual([{ slot: expect.any(Number), readiness: valid }])
    }),
  )
})

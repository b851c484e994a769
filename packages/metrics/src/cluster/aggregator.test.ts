import { expect, it } from 'vitest'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { counterOf, PushBuilder } from '../testing/push-builder.ts'
import { valuesOf } from '../testing/values-of.ts'
import type { Aggregator } from './aggregator.ts'

const warnings = captureWarnings()

/** Connects a member with the key `key`, whose clock is that of the aggregator. */
async function join(
  { aggregator, clock }: Pick<ReturnType<typeof openAggregator>, 'clock'> & { aggregator: Aggregator },
  key: string,
) {
  const opened = openMember({ key }, clock)
  const inFlight = opened.meter.createUpDownCounter('in_flight')
  const [channel, side] = MemoryChannel.pair()
  const connection = aggregator.accept(side)
  opened.member.connect(channel)
  await settle()
  return { ...opened, inFlight, channel, side, connection }
}

it('accepts members with another version of the package and the same protocol', async () => {
  const opened = openAggregator()
  const { member, counter } = openMember({ version: '0.9.0' }, opened.clock)
  const [channel, side] = MemoryChannel.pair()
  opened.aggregator.accept(side)
  member.connect(channel)
  counter.add(1)
  await opened.clock.advance(10)
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 1 })
  expect(JSON.parse(side.sent[0] ?? '')).toEqual({
    type: 'welcome',
    protocol: 1,
    version: '1.0.0',
    key: 'aggregator',
    resource: { 'service.name': 'test' },
    slot: 0,
  })
})

it('refuses members with another protocol, and logs that once', async () => {
  const { aggregator } = openAggregator()
  for (const key of ['a', 'b']) {
    const [, side] = MemoryChannel.pair()
    aggregator.accept(side)
    side.receive(JSON.stringify({ type: 'hello', protocol: 2, version: '9.0.0', unknown: key }))
    expect(JSON.parse(side.sent[0] ?? '')).toEqual({
      type: 'refused',
      reason: 'protocol',
      protocol: 1,
      version: '1.0.0',
    })
  }
  expect(aggregator.stats).toMatchObject({ live: 0, dropped: new Map() })
  expect(warnings()).toEqual([
    'metrics of a process are missing: it has version 9.0.0 of the package with protocol 2, this process version 1.0.0 with protocol 1; install one version of @vr/otel for all processes (reported once)',
  ])
})

it('counts refused messages by reason, and logs each reason once', async () => {
  const opened = openAggregator()
  const { side } = await join(opened, 'a')
  for (const text of ['{', '{', '{"type":"x"}', '{"type":"push"}', 'x'.repeat(1e6)]) side.receive(text)
  expect(opened.aggregator.stats.dropped).toEqual(
    new Map([
      ['syntax', 2],
      ['type', 1],
      ['value', 1],
      ['size', 1],
    ]),
  )
  expect(warnings()).toHaveLength(4)
})

it('drops the gauges of a member that is silent for 3 s, until its next push', async () => {
  const opened = openAggregator()
  const [silent, other] = [await join(opened, 'a'), await join(opened, 'b')]
  for (const { counter, inFlight } of [silent, other]) {
    counter.add(1)
    inFlight.add(1)
  }
  await opened.clock.advance(20)
  silent.channel.isBlocked = true
  await opened.clock.advance(2_900)
  expect(opened.aggregator.stats).toMatchObject({ live: 2, stale: 0 })
  await opened.clock.advance(2_000)
  expect(opened.aggregator.stats).toMatchObject({ live: 1, stale: 1 })
  expect(opened.aggregator.stats.oldestPushAgeMs).toBeGreaterThan(4_000)
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 2, 'in_flight {}': 1 })
  silent.channel.takeAll()
  expect(opened.aggregator.stats).toMatchObject({ live: 2, stale: 0 })
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 2, 'in_flight {}': 2 })
})

it('does not count the time in which the aggregator itself is blocked', async () => {
  const opened = openAggregator()
  const { inFlight, channel } = await join(opened, 'a')
  inFlight.add(1)
  await opened.clock.advance(20)
  channel.isBlocked = true
  await opened.clock.block(5_000)
  expect(opened.aggregator.stats).toMatchObject({ live: 1, stale: 0 })
  expect(await valuesOf(opened.store)).toEqual({ 'in_flight {}': 1 })
})

it('folds a member when its channel ends; if its process has not ended, it continues with another key, and nothing counts twice', async () => {
  const opened = openAggregator()
  const { counter, inFlight, side, connection } = await join(opened, 'a')
  counter.add(3)
  inFlight.add(1)
  await opened.clock.advance(10)
  side.end()
  connection.exited()
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 3 })
  const again = await join(opened, 'a')
  again.counter.add(2)
  expect(again.side.sentTypes).toEqual(['refused', 'welcome'])
  expect(again.member.key).not.toBe('a')
  await opened.clock.advance(5_000)
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 5 })
})

it('after the exit of a process alone, drops gauges at once, and counts messages that arrive within 1 s', async () => {
  const opened = openAggregator()
  const { counter, inFlight, channel, connection } = await join(opened, 'a')
  counter.add(3)
  inFlight.add(1)
  await opened.clock.advance(10)
  counter.add(1)
  channel.isBlocked = true
  await opened.clock.advance(10)
  connection.exited()
  expect(opened.aggregator.stats).toMatchObject({ live: 0, stale: 0 })
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 3 })
  channel.takeAll()
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 4 })
  await opened.clock.advance(1_000)
  counter.add(1)
  await opened.clock.advance(1_000)
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 4 })
})

it('requests all values again after a message was lost', async () => {
  const opened = openAggregator()
  const { counter, side, clock } = { ...(await join(opened, 'a')), clock: opened.clock }
  side.receive(JSON.stringify({ type: 'push', sequence: 1, numbers: [400, 1] }))
  counter.add(1)
  await clock.advance(20)
  counter.add(1, { route: '/a' })
  await clock.advance(20)
  expect(side.sentTypes).toContain('reset')
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 1, 'requests {"route":"/a"}': 1 })
})

it('forgets the ids of a member that starts again', async () => {
  const { aggregator, store } = openAggregator()
  const [, side] = MemoryChannel.pair()
  aggregator.accept(side)
  const hello = { type: 'hello', protocol: 1, version: '1.0.0', key: 'a', serves: false }
  for (const name of ['first', 'second']) {
    side.receive(JSON.stringify(hello))
    side.receive(JSON.stringify(new PushBuilder().push({ metric: counterOf(name), value: 1 })))
  }
  expect(aggregator.stats.dropped).toEqual(new Map())
  expect(await valuesOf(store)).toHaveProperty('second {}', 1)
})

it('replaces the connection of a member that connects again', async () => {
  const opened = openAggregator()
  const first = await join(opened, 'a')
  first.counter.add(5)
  await opened.clock.advance(10)
  const [channel, side] = MemoryChannel.pair()
  opened.aggregator.accept(side)
  first.member.connect(channel)
  await opened.clock.advance(10)
  first.side.end()
  expect(await valuesOf(opened.store)).toEqual({ 'requests {}': 5 })
  expect(opened.aggregator.stats.live).toBe(1)
})

it('reuses the slots of ended members', async () => {
  const opened = openAggregator()
  const members = [await join(opened, 'a'), await join(opened, 'b')]
  members[0]?.side.end()
  const third = await join(opened, 'c')
  const slotOf = ({ side }: { side: MemoryChannel }): unknown => JSON.parse(side.sent[0] ?? '').slot
  expect([...members, third].map(slotOf)).toEqual([0, 1, 0])
})

it('refuses its members when it closes', async () => {
  const opened = openAggregator()
  const { side, member } = await join(opened, 'a')
  opened.aggregator.close()
  await settle()
  expect(side.sentTypes.at(-1)).toBe('refused')
  expect(member.connected).toBe(false)
})

it('an internal error reaches neither the application nor the promise of a scrape, and is logged once', async () => {
  const { store } = openAggregator()
  const broken = (): never => {
    throw new TypeError('broken')
  }
  const opened = openAggregator({ store: Object.assign(store, { changesSince: broken, fold: broken }) })
  const { member, channel, connection } = await join(opened, 'a')
  const synced = member.sync()
  await opened.clock.advance(1_000)
  expect([await synced, await opened.aggregator.flush()]).toEqual([false, true])
  connection.exited()
  await opened.clock.advance(1_000)
  channel.end()
  expect(warnings().filter((warning) => warning.includes('internal error'))).toHaveLength(1)
})

import { expect, it } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { settle } from '../testing/manual-clock.ts'
import { MemoryChannel } from '../testing/memory-channel.ts'
import { openAggregator, openMember } from '../testing/open-member.ts'
import { valuesOf } from '../testing/values-of.ts'
import type { Refused } from './control-messages.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'
import { PushEncoder } from './push-encoder.ts'

const warnings = captureWarnings()

/** A member that is connected to an aggregator; `channel` is the member's side. */
async function connect() {
  const { aggregator, store, clock } = openAggregator()
  const opened = openMember({}, clock)
  const [channel, side] = MemoryChannel.pair()
  aggregator.accept(side)
  opened.member.connect(channel)
  await settle()
  channel.sent.length = 0
  return { ...opened, aggregator, store, channel, side }
}

it('pushes changes within 10 ms of the first one, in one message', async () => {
  const { clock, counter, channel, store } = await connect()
  counter.add(1)
  await clock.advance(5)
  counter.add(2, { route: '/a' })
  expect(channel.sentTypes).toEqual([])
  await clock.advance(5)
  expect(channel.sentTypes).toEqual(['push'])
  expect(await valuesOf(store)).toEqual({ 'requests {}': 1, 'requests {"route":"/a"}': 2 })
})

it('pushes each interval, also without a change', async () => {
  const { clock, channel, meter } = await connect()
  let calls = 0
  meter.createObservableGauge('calls').addCallback((result) => result.observe(++calls))
  await clock.advance(3_000)
  expect(channel.sentTypes).toEqual(['push', 'push', 'push'])
  expect(calls).toBe(3)
})

it('sends no further push until the channel has taken the last one', async () => {
  const { clock, counter, channel, store } = await connect()
  channel.isBlocked = true
  for (let round = 0; round < 50; round += 1) {
    counter.add(1)
    await clock.advance(100)
  }
  expect(channel.sent).toHaveLength(1)
  channel.takeAll()
  await settle()
  expect(channel.sent).toHaveLength(2)
  expect(await valuesOf(store)).toEqual({ 'requests {}': 50 })
})

it('sends no further push while the aggregator has not read 128 KiB, and continues with the newest values', async () => {
  const { clock, counter, channel, store, side } = await connect()
  side.isBlocked = true
  for (let round = 0; round < 20; round += 1) {
    for (let item = 0; item < 300; item += 1) counter.add(1, { path: `/${round}/${item}` })
    await clock.advance(10)
  }
  const inTransit = channel.sent.reduce((sum, { length }) => sum + length, 0)
  expect(inTransit).toBeGreaterThan(100 * 1024)
  expect(inTransit).toBeLessThan(128 * 1024 + MAX_MESSAGE_BYTES)
  side.takeAll()
  await clock.advance(100)
  const values = await valuesOf(store)
  expect(Object.keys(values)).toHaveLength(2_001)
  expect(Object.values(values).reduce((sum: number, value) => sum + Number(value), 0)).toBe(6_000)
})

it('sends the rest of a push, all changes and goodbye when the process exits', async () => {
  const { clock, counter, channel, store, member } = await connect()
  for (let item = 0; item < 1_500; item += 1) counter.add(1, { item })
  channel.isBlocked = true
  await clock.advance(10)
  expect(channel.sentTypes).toEqual(['push'])
  counter.add(1)
  member.pushAtExit()
  channel.takeAll()
  expect(channel.sentTypes.at(-1)).toBe('goodbye')
  expect(Object.keys(await valuesOf(store))).toHaveLength(1_501)
})

it('pushes all series to a new aggregator', async () => {
  const { counter, member, channel, clock } = await connect()
  counter.add(7)
  await clock.advance(10)
  channel.end()
  expect(member.connected).toBe(false)
  counter.add(1)
  const next = openAggregator({ key: 'next' }, clock)
  const [second, side] = MemoryChannel.pair()
  next.aggregator.accept(side)
  member.connect(second)
  await clock.advance(10)
  expect(member.connected).toBe(true)
  expect(await valuesOf(next.store)).toEqual({ 'requests {}': 8 })
})

it('keeps the replica of a former aggregator until the next one sends its state', async () => {
  const { counter, member, replica, channel, clock } = await connect()
  counter.add(7)
  const synced = member.sync()
  await clock.advance(50)
  expect([await synced, member.hasState, await valuesOf(replica)]).toEqual([true, true, { 'requests {}': 7 }])
  channel.end()
  expect(await member.sync()).toBe(false)
  expect([member.hasState, await valuesOf(replica)]).toEqual([true, { 'requests {}': 7 }])
})

it('logs once that the aggregator has another protocol, and sends nothing more', async () => {
  const refusals: Refused[] = []
  const { member, counter, clock } = openMember({ onRefused: (refused) => refusals.push(refused) })
  const [channel, side] = MemoryChannel.pair()
  member.connect(channel)
  await settle()
  side.send(JSON.stringify({ type: 'refused', reason: 'protocol', protocol: 2, version: '9.0.0' }))
  await settle()
  const { length } = channel.sent
  counter.add(1)
  await clock.advance(5_000)
  expect(channel.sent).toHaveLength(length)
  expect(refusals).toEqual([{ type: 'refused', reason: 'protocol', protocol: 2, version: '9.0.0' }])
  expect(warnings()).toEqual([
    'the metrics of this process are not shared: the process that aggregates them has version 9.0.0 of the package with protocol 2, this process version 1.0.0 with protocol 1; install one version of @vr/otel for all processes',
  ])
})

it('flush resolves when the aggregator has read the values', async () => {
  const { counter, member, side, channel } = await connect()
  side.isBlocked = true
  counter.add(1)
  let isFlushed = false
  const flushed = member.flush().then(() => {
    isFlushed = true
  })
  await settle()
  expect([channel.sentTypes, isFlushed]).toEqual([['push', 'ping'], false])
  side.takeAll()
  await flushed
})

it('flush resolves when the channel ends', async () => {
  const { counter, member, side, channel } = await connect()
  side.isBlocked = true
  counter.add(1)
  const flushed = member.flush()
  await settle()
  channel.end()
  await flushed
})

it('an internal error while a push is encoded does not reach the application, and is logged once', async () => {
  const tracker = new ChangeTracker()
  const encoder = new PushEncoder(tracker)
  const { member, clock } = openMember({ tracker, encoder })
  const provider = new MeterProvider({ readers: [] })
  provider.trackChanges(tracker)
  const [channel] = MemoryChannel.pair()
  member.connect(channel)
  Object.assign(encoder, {
    takePushes: () => {
      throw new TypeError('broken')
    },
  })
  provider.getMeter('test').createCounter('requests').add(1)
  channel.receive('{"type":"flush","id":1}')
  await clock.advance(2_000)
  expect(warnings()).toHaveLength(1)
  expect(warnings()[0]).toContain('internal error')
})

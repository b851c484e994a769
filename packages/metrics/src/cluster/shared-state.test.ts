import { emptyResource } from '@opentelemetry/resources'
import { expect, it } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { Aggregator } from './aggregator.ts'
import type { Channel, ChannelHandlers } from './channel.ts'
import { MergedMetrics } from './merged-metrics.ts'
import { PROTOCOL_VERSION } from './messages.ts'
import { PushEncoder } from './push-encoder.ts'
import { SharedStore } from './shared-store.ts'

/** A channel to a member that the test plays. It takes messages only if the test lets it. */
class TestChannel implements Channel {
  /** Types of the messages. */
  readonly received: string[] = []
  readonly sent: string[] = []
  readonly #takes: boolean
  #handlers: ChannelHandlers | undefined

  constructor(takes: boolean) {
    this.#takes = takes
  }

  send(text: string, onSent?: () => void): void {
    this.sent.push(text)
    this.received.push((JSON.parse(text) as { type: string }).type)
    if (this.#takes && onSent) process.nextTick(onSent)
  }

  sendAtExit(): void {}

  open(handlers: ChannelHandlers): void {
    this.#handlers = handlers
  }

  close(): void {}

  /** Delivers messages of the member. */
  deliver(...messages: readonly object[]): void {
    for (const message of messages) this.#handlers?.onMessage(JSON.stringify(message))
  }
}

function open({ takes = true, serves = true } = {}) {
  const tracker = new ChangeTracker()
  const store = new MergedMetrics()
  const aggregator = new Aggregator({
    key: 'primary',
    version: '1.0.0',
    store,
    tracker,
    encoder: new PushEncoder(tracker),
    resource: () => ({}),
  })
  const members = ['1-a', '2-b'].map((key) => {
    const channel = new TestChannel(takes)
    aggregator.accept(channel)
    channel.deliver({ type: 'hello', protocol: PROTOCOL_VERSION, version: '1.0.0', key, serves })
    return channel
  })
  return { aggregator, members, store }
}

/** A push with the value of one counter. */
function pushOf(sequence: number, value: number): object {
  const metric = {
    scope: { name: 'test' },
    name: 'jobs',
    description: '',
    unit: '',
    instrument: 'COUNTER',
    valueType: 1,
    kind: 'sum',
    isMonotonic: true,
    boundaries: [],
    merge: 'sum',
  }
  return { type: 'push', sequence, metrics: [[0, metric]], series: [[0, 0, {}, 1]], numbers: [0, value] }
}

it('sends the state that a scrape exposes to all members that answer scrapes, before the scrape is answered, with what arrived last', async () => {
  const { aggregator, members, store } = open()
  const [first, second] = members as [TestChannel, TestChannel]
  first.deliver(pushOf(1, 5))
  const before = members.map(({ received }) => received.length)
  const exposed = new SharedStore({
    metrics: store,
    resource: () => emptyResource(),
    refresh: async () => {
      const flushed = aggregator.flush()
      await Promise.resolve()
      for (const member of members) member.deliver({ type: 'flushed', id: 1 })
      expect(await flushed).toBe(true)
      first.deliver(pushOf(2, 7))
    },
    beforeExport: () => aggregator.share(),
    now: () => 1,
  })
  const { resourceMetrics } = await exposed.collect(readerOf('cumulative'), {
    takeDeltas: () => ({ pending: [], exported: [] }),
  })
  expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value).toBe(7)
  expect(second.sent.at(-1)).toContain('"numbers":[0,7]')
  expect([first, second].map(({ received }, n) => received.slice(before[n]))).toEqual([
    ['flush', 'state'],
    ['flush', 'state'],
  ])
  aggregator.close()
})

it('keeps at most 8 messages of the state for a member that does not read', async () => {
  const { aggregator, members } = open({ takes: false })
  const [first, second] = members as [TestChannel, TestChannel]
  for (let sequence = 1; sequence <= 20; sequence++) {
    first.deliver(pushOf(sequence, sequence))
    await aggregator.flush()
    await aggregator.share()
  }
  expect(second.received.filter((type) => type === 'state')).toHaveLength(8)
  aggregator.close()
})

it('sends no state to a member whose server does not answer scrapes', () => {
  const { aggregator, members } = open({ serves: false })
  const [first, second] = members as [TestChannel, TestChannel]
  first.deliver(pushOf(1, 5), { type: 'serving' })
  second.deliver({ type: 'serving', url: 'http://127.0.0.1/metrics' })
  expect(first.received).toEqual(['welcome'])
  expect(second.received).toEqual(['welcome', 'state'])
  aggregator.close()
})

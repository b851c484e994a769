import { type Attributes, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import type { Exemplar } from '../exemplars/exemplar.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import type { MeterProviderOptions } from '../provider/settings.ts'
import { exponential } from '../testing/open-meter.ts'
import type { GaugeMerge } from './gauge-merge.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'
import { PushEncoder, type PushEncoderOptions } from './push-encoder.ts'
import { MemberMessageValidator } from './validate-member-message.ts'

const NOW = 1_700_000_000_250

function open(options: PushEncoderOptions = {}, provided: MeterProviderOptions = {}) {
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({ now: () => NOW, ...provided })
  provider.trackChanges(tracker)
  const encoder = new PushEncoder(tracker, options)
  const validator = new MemberMessageValidator()
  /** Takes the pushes, as a receiver gets them. */
  const take = (exemplars = false) =>
    encoder.takePushes({ exemplars }).map((push) => {
      const text = JSON.stringify(push)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
      validator.validate(text)
      return JSON.parse(text)
    })
  return { tracker, encoder, take, meter: provider.getMeter('m', '1.0') }
}

const sampled = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'A'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
})

describe('PushEncoder', () => {
  it('defines metrics and series once, in the message of their first value', () => {
    const { take, meter } = open()
    const counter = meter.createCounter('c', { unit: 's', description: 'text' })
    counter.add(2, { k: 'a' })
    expect(take()).toEqual([
      {
        type: 'push',
        sequence: 1,
        metrics: [
          [
            0,
            {
              scope: { name: 'm', version: '1.0' },
              name: 'c',
              description: 'text',
              unit: 's',
              instrument: 'COUNTER',
              valueType: 1,
              kind: 'sum',
              isMonotonic: true,
              boundaries: [],
              merge: 'sum',
            },
          ],
        ],
        series: [[0, 0, { k: 'a' }, NOW]],
        numbers: [0, 2],
      },
    ])
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    expect(take()).toEqual([
      { type: 'push', sequence: 2, series: [[1, 0, { k: 'b' }, NOW]], numbers: [0, 3, 1, 1] },
    ])
  })

  it('returns an empty message if nothing changed', () => {
    const { take } = open()
    expect(take()).toEqual([{ type: 'push', sequence: 1 }])
  })

  it('encodes histograms by their buckets that are not empty, and values without JSON as text', () => {
    const { take, meter } = open()
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2, 3] } })
    for (const value of [0.5, 0.5, 7]) histogram.record(value)
    meter.createGauge('g').record(Number.NEGATIVE_INFINITY, { list: ['a', Number.NaN], none: Number.NaN })
    const [push] = take()
    expect(push.histograms).toEqual([0, 8, 0.5, 7, 2, 0, 2, 3, 1])
    expect(push.numbers).toEqual([1, '-Infinity'])
    expect(push.series[1]).toEqual([1, 1, { list: ['a', 'NaN'], none: 'NaN' }, NOW])
  })

  it('encodes what a histogram does not record as NaN', () => {
    const views = [
      { instrumentName: 'h', aggregation: { type: 4, options: { boundaries: [], recordMinMax: false } } },
    ]
    const { take, meter } = open({}, { views })
    meter.createHistogram('h').record(3)
    const [push] = take()
    expect(push.histograms).toEqual([0, 3, 'NaN', 'NaN', 1, 0, 1])
  })

  it('encodes exponential histograms', () => {
    const { take, meter } = open({}, { views: [{ instrumentName: 'h', aggregation: exponential }] })
    const histogram = meter.createHistogram('h')
    for (const value of [0, 1, 4]) histogram.record(value)
    const [push] = take()
    expect(push.exponential).toMatchObject([{ series: 0, count: 3, sum: 5, min: 0, max: 4, zeroCount: 1 }])
    const [{ scale, positive }] = push.exponential
    expect(scale).toBe(6)
    expect(positive[0]).toBe(-1)
    expect(positive[1].filter((count: number) => count > 0)).toEqual([1, 1])
  })

  it('adds the rule of each metric: that of the lookup, else by_worker for gauges and sum for sums', () => {
    const rules: Record<string, GaugeMerge> = { max: 'max' }
    const { take, meter } = open({ mergeOf: (name) => rules[name] })
    meter.createGauge('max').record(1)
    meter.createGauge('gauge').record(1)
    meter.createUpDownCounter('up_down').add(1)
    const [push] = take()
    const merges = push.metrics.map(([, { name, merge }]: [number, Record<string, unknown>]) => [name, merge])
    expect(merges).toEqual([
      ['max', 'max'],
      ['gauge', 'by_worker'],
      ['up_down', 'sum'],
    ])
  })

  it('sends all series again with new ids after reset, and continues the sequence', () => {
    const { take, encoder, meter } = open()
    const counter = meter.createCounter('c')
    for (const k of ['a', 'b', 'c']) counter.add(1, { k })
    take()
    counter.add(1, { k: 'c' })
    take()
    encoder.reset()
    const [push] = take()
    expect(push.sequence).toBe(3)
    expect(push.metrics).toHaveLength(1)
    expect(push.series.map(([id]: [number]) => id).sort()).toEqual([0, 1, 2])
    expect(push.numbers).toHaveLength(6)
  })

  it('uses the id of a removed series again in a later push', async () => {
    const { take, tracker, meter } = open()
    let observed: Attributes = { pid: 1 }
    meter.createObservableGauge('g').addCallback((result) => result.observe(1, observed))
    const ids: unknown[] = []
    for (let pid = 1; pid < 8; pid += 1) {
      observed = { pid }
      await tracker.observe()
      const [push] = take()
      ids.push([push.removed, push.series[0][0]])
    }
    expect(ids).toEqual([
      [undefined, 0],
      [[0], 1],
      [[1], 0],
      [[0], 1],
      [[1], 0],
      [[0], 1],
      [[1], 0],
    ])
  })
})

describe('messages of a PushEncoder', () => {
  it('have at most 64 KiB each and one sequence number', () => {
    const { take, meter } = open()
    const counter = meter.createCounter('c')
    for (let i = 0; i < 1_500; i += 1) counter.add(i + 0.1, { path: `/ünïcode/${'ü'.repeat(i % 50)}/${i}` })
    const pushes = take()
    expect(pushes.length).toBeGreaterThan(2)
    expect(new Set(pushes.map(({ sequence }) => sequence))).toEqual(new Set([1]))
    expect(pushes.flatMap(({ numbers }) => numbers)).toHaveLength(3_000)
  })

  it('drop a series that alone is larger than a message, or has too many attributes, and count it', () => {
    const { take, encoder, meter } = open()
    const counter = meter.createCounter('c')
    counter.add(1, { large: 'x'.repeat(70_000) })
    counter.add(1, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])))
    counter.add(1, { k: 'a' })
    const pushes = take()
    expect(pushes.flatMap(({ series }) => series)).toEqual([[expect.any(Number), 0, { k: 'a' }, NOW]])
    expect(encoder.dropped).toBe(2)
  })
})

describe('exemplars of a PushEncoder', () => {
  const always = { exemplarFilter: 'always_on' } as const

  it('are sent only when asked, once, and again after reset', () => {
    const { take, encoder, meter } = open()
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } })
    histogram.record(0.5, { k: 'a' }, sampled)
    histogram.record(7, { k: 'a' }, sampled)
    expect(take()[0].exemplars).toBeUndefined()
    const exemplars = [
      [0, 0.5, NOW, 'a'.repeat(32), 'b'.repeat(16), {}],
      [0, 7, NOW, 'a'.repeat(32), 'b'.repeat(16), {}],
    ]
    expect(take(true)[0].exemplars).toEqual(exemplars)
    expect(take(true)[0].exemplars).toBeUndefined()
    histogram.record(0.5, { k: 'a' })
    expect(take(true)[0].exemplars).toBeUndefined()
    encoder.reset()
    expect(take(true)[0].exemplars).toEqual(exemplars)
  })

  it('have the filtered attributes that are allowed', () => {
    const views = [{ instrumentName: 'c', attributesProcessors: [{ process: () => ({}) }] }]
    const { take, meter } = open({}, { ...always, views, exemplarAttributes: ['user'] })
    meter.createCounter('c').add(1, { user: 'u', secret: 's' })
    expect(take(true)[0].exemplars).toEqual([[0, 1, NOW, '', '', { user: 'u' }]])
  })

  it('of an application reservoir are sent if they are valid', () => {
    const collected = [
      { value: 1, timestamp: [1, 5e8], filteredAttributes: { ok: true } },
      { value: 1, timestamp: [1, 0], filteredAttributes: {}, traceId: 'x', spanId: {} },
      { value: 'no number', timestamp: [1, 0], filteredAttributes: {} },
      { value: 1, timestamp: [Number.NaN, 0], filteredAttributes: {} },
    ] as unknown as Exemplar[]
    const exemplarReservoir = () => ({ offer() {}, collect: () => collected })
    const { take, meter } = open({}, { ...always, views: [{ instrumentName: 'c', exemplarReservoir }] })
    const counter = meter.createCounter('c')
    counter.add(1)
    expect(take(true)[0].exemplars).toEqual([
      [0, 1, 1_500, '', '', { ok: true }],
      [0, 1, 1_000, '', '', {}],
    ])
    counter.add(1)
    expect(take(true)[0].exemplars).toBeUndefined()
  })
})

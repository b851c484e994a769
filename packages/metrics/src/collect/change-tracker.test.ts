import { describe, expect, it, vi } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { type CollectingReader, readerOf } from '../testing/collecting-reader.ts'
import { ChangeTracker } from './change-tracker.ts'

const warnings = captureWarnings()

function open({ readers = [] as CollectingReader[], onChange = () => {} } = {}) {
  const tracker = new ChangeTracker(onChange)
  const provider = new MeterProvider({ readers })
  return { tracker, provider, meter: provider.getMeter('m'), track: () => provider.trackChanges(tracker) }
}

/** Takes the changes, and returns name, attributes and value of each changed series. */
function take(tracker: ChangeTracker) {
  return tracker
    .takeChanges()
    .flatMap(({ series, slots }) =>
      [...slots].map((slot) => [
        series.metric.descriptor.name,
        series.attributes[slot],
        series.storage.point(slot),
      ]),
    )
}

describe('ChangeTracker', () => {
  it('returns the series that changed since the last take, with cumulative values', () => {
    const { tracker, meter, track } = open()
    track()
    const counter = meter.createCounter('c')
    const bound = counter.bind({ k: 'bound' })
    counter.add(1, { k: 'a' })
    counter.add(1, { k: 'b' })
    bound.add(1)
    expect(take(tracker)).toEqual([
      ['c', { k: 'a' }, 1],
      ['c', { k: 'b' }, 1],
      ['c', { k: 'bound' }, 1],
    ])
    bound.add(2)
    counter.add(4, { k: 'b' })
    counter.add(4, { k: 'b' })
    expect(take(tracker)).toEqual([
      ['c', { k: 'bound' }, 3],
      ['c', { k: 'b' }, 9],
    ])
    expect(take(tracker)).toEqual([])
  })

  it('calls onChange for the first change after each take', () => {
    const onChange = vi.fn<() => void>()
    const { tracker, meter, track } = open({ onChange })
    track()
    const counter = meter.createCounter('c')
    const gauge = meter.createGauge('g')
    expect(onChange).not.toHaveBeenCalled()
    expect(tracker.hasChanges).toBe(false)
    counter.add(1)
    counter.add(1, { k: 1 })
    gauge.record(1)
    expect(onChange).toHaveBeenCalledTimes(1)
    expect(tracker.hasChanges).toBe(true)
    take(tracker)
    expect(tracker.hasChanges).toBe(false)
    gauge.record(1)
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('logs the first error of onChange, and keeps the measurement', async () => {
    const reader = readerOf('cumulative')
    const onChange = (): never => {
      throw new Error('listener')
    }
    const { tracker, meter, track } = open({ readers: [reader], onChange })
    track()
    const counter = meter.createCounter('c')
    counter.add(1)
    expect(take(tracker)).toEqual([['c', {}, 1]])
    counter.add(1)
    expect(warnings()).toEqual(['a listener of metric changes failed'])
    expect((await reader.points('c')).map(({ value }) => value)).toEqual([2])
  })

  it('marks more series than it had room for', () => {
    const { tracker, meter, track } = open()
    track()
    const counter = meter.createCounter('c')
    const bound = Array.from({ length: 1_000 }, (_, i) => counter.bind({ i }))
    for (let round = 1; round <= 3; round += 1) {
      for (const series of bound) series.add(1)
      expect(take(tracker)).toEqual(bound.map((_, i) => ['c', { i }, round]))
    }
  })

  it('marks all series, and then each change, also of series that exceed the room for marks', () => {
    const { tracker, meter, track } = open()
    track()
    const counter = meter.createCounter('c')
    const bound = Array.from({ length: 100 }, (_, i) => counter.bind({ i }))
    for (const series of bound) series.add(1)
    take(tracker)
    tracker.markAll()
    expect(take(tracker)).toHaveLength(100)
    for (const series of bound) series.add(1)
    expect(take(tracker)).toHaveLength(100)
  })
})

describe('a tracker that is added to existing instruments', () => {
  it('starts with the series of a cumulative reader', () => {
    const { tracker, meter, track } = open({ readers: [readerOf('cumulative')] })
    const counter = meter.createCounter('c')
    const bound = counter.bind({ k: 'bound' })
    counter.add(1, { k: 'a' })
    bound.add(2)
    track()
    expect(take(tracker)).toHaveLength(2)
    bound.add(1)
    expect(take(tracker)).toEqual([['c', { k: 'bound' }, 3]])
  })

  it('starts with the interval of a delta reader, and accumulates over its collections', async () => {
    const reader = readerOf('delta')
    const { tracker, meter, track } = open({ readers: [reader] })
    const counter = meter.createCounter('c')
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } })
    const bound = counter.bind({ k: 'bound' })
    counter.add(100, { k: 'a' })
    await reader.collect()
    counter.add(1, { k: 'b' })
    bound.add(2)
    histogram.record(0.5)
    track()
    counter.add(1, { k: 'b' })
    counter.add(4, { k: 'a' })
    expect((await reader.points('c')).map(({ value }) => value)).toEqual([2, 2, 4])
    bound.add(1)
    counter.add(1, { k: 'a' })
    histogram.record(7)
    const values = take(tracker).map(([name, attributes, value]) => [name, attributes, sumOf(value)])
    expect(values).toEqual([
      ['c', { k: 'b' }, 2],
      ['c', { k: 'bound' }, 3],
      ['c', { k: 'a' }, 5],
      ['h', {}, 7.5],
    ])
    expect((await reader.points('c')).map(({ value }) => value)).toEqual([1, 1])
  })

  it('counts once what an instrument records that is created again', () => {
    const { tracker, meter, track } = open({ readers: [readerOf('delta')] })
    meter.createCounter('c').add(1)
    track()
    meter.createCounter('c').add(1)
    expect(take(tracker)).toEqual([['c', {}, 2]])
  })

  it('passes the exemplars of a delta reader', () => {
    const tracker = new ChangeTracker()
    const provider = new MeterProvider({ readers: [readerOf('delta')], exemplarFilter: 'always_on' })
    const counter = provider.getMeter('m').createCounter('c')
    counter.add(1)
    provider.trackChanges(tracker)
    counter.add(5)
    const [changes] = tracker.takeChanges(true)
    expect([...(changes?.withExemplars ?? [])]).toEqual([0])
    expect(changes?.series.newExemplars(0)).toMatchObject([{ value: 5 }])
  })

  it('observes the instruments of other readers', async () => {
    const { tracker, meter, track } = open({ readers: [readerOf('delta'), readerOf('cumulative')] })
    let value = 3
    meter.createObservableCounter('o').addCallback((result) => result.observe(value))
    track()
    await tracker.observe()
    expect(take(tracker)).toEqual([['o', {}, 3]])
    value = 5
    await tracker.observe()
    expect(take(tracker)).toEqual([['o', {}, 5]])
  })
})

function sumOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'sum' in value ? value.sum : value
}

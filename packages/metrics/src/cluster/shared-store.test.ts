import type { Histogram } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { defaultResource } from '../provider/default-resource.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { type CollectingReader, readerOf } from '../testing/collecting-reader.ts'
import { counterOf, gaugeOf, metricOf, PushBuilder, SERIES_START } from '../testing/push-builder.ts'
import { MergedMetrics } from './merged-metrics.ts'
import { PushEncoder } from './push-encoder.ts'
import { SharedStore } from './shared-store.ts'

const SCOPE = { name: 'test', version: '' }
const requests = { ...counterOf('requests'), scope: SCOPE, unit: '' }

/** A process with a cumulative and a delta reader that becomes the aggregator when the test calls `share`. */
function openAggregator({ isTakenOver = false, hasCumulative = true } = {}) {
  const readers = { delta: readerOf('delta'), cumulative: readerOf('cumulative') }
  const store = new MergedMetrics()
  let shared: SharedStore | undefined
  const provider = new MeterProvider({
    readers: hasCumulative ? Object.values(readers) : [readers.delta],
    sharedMetrics: () => shared,
  })
  const tracker = new ChangeTracker()
  const encoder = new PushEncoder(tracker)
  const applyOwnChanges = (): void => {
    for (const push of encoder.takePushes({ exemplars: true })) store.apply('own', push)
  }
  const share = (): void => {
    provider.trackChanges(tracker)
    store.open('own', '0')
    shared = new SharedStore({
      metrics: store,
      resource: defaultResource,
      refresh: () => tracker.observe(),
      ownSource: 'own',
      applyOwnChanges,
      isTakenOver,
      now: () => SERIES_START,
    })
  }
  return { ...readers, store, share, meter: provider.getMeter('test') }
}

/** Opens a source that pushes values of the counter `requests`. */
function openMember(store: MergedMetrics, key: string): (value: number) => void {
  const builder = new PushBuilder()
  store.open(key, '1')
  return (value) => store.apply(key, builder.push({ metric: requests, value }))
}

async function valuesOf(reader: CollectingReader, name: string): Promise<unknown[]> {
  return (await reader.points(name)).map(({ value }) => value)
}

describe('a reader of an aggregator', () => {
  it('exports the merged metrics from the first collection with shared metrics', async () => {
    const { cumulative, store, share, meter } = openAggregator()
    meter.createCounter('requests').add(2)
    expect(await valuesOf(cumulative, 'requests')).toEqual([2])
    share()
    const push = openMember(store, 'a')
    push(5)
    expect(await valuesOf(cumulative, 'requests')).toEqual([7])
    store.fold('a')
    expect(await valuesOf(cumulative, 'requests')).toEqual([7])
  })

  it('exports deltas that add up to the totals, also when the process becomes the aggregator', async () => {
    const amounts = fc.array(
      fc.record({
        own: fc.nat(5),
        member: fc.nat(5),
        action: fc.constantFrom('collect', 'share', 'fold', 'nothing'),
      }),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(amounts, fc.boolean(), async (steps, hasCumulative) => {
        const { delta, store, share, meter } = openAggregator({ hasCumulative })
        const counter = meter.createCounter('requests')
        const histogram = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [2] } })
        let observed = 0
        meter.createObservableCounter('cpu').addCallback((result) => result.observe(observed))
        const exported = { requests: 0, latency: 0, latencySum: 0, cpu: 0 }
        const total = { requests: 0, latency: 0, latencySum: 0 }
        let member: ((value: number) => void) | undefined
        let ofMember = 0
        let members = 0
        const collect = async (): Promise<void> => {
          for (const metric of await delta.metrics()) {
            for (const { value } of metric.dataPoints) {
              const histogramValue = value as Histogram
              if (metric.descriptor.name === 'requests') exported.requests += Number(value)
              else if (metric.descriptor.name === 'cpu') exported.cpu += Number(value)
              else {
                exported.latency += histogramValue.count
                exported.latencySum += histogramValue.sum ?? 0
              }
            }
          }
        }
        for (const { own, member: amount, action } of steps) {
          counter.add(own)
          histogram.record(own)
          observed += own
          total.requests += own
          total.latency += 1
          total.latencySum += own
          if (action === 'share' && member === undefined) {
            if (members === 0) share()
            members += 1
            member = openMember(store, `member ${members}`)
            ofMember = 0
          }
          if (member !== undefined) {
            ofMember += amount
            total.requests += amount
            member(ofMember)
          }
          if (action === 'fold' && member !== undefined) {
            store.fold(`member ${members}`)
            member = undefined
          }
          if (action === 'collect') await collect()
        }
        await collect()
        expect(exported).toEqual({ ...total, cpu: observed })
      }),
    )
  })

  it('exports deltas from the end of its last interval, and no series without a change', async () => {
    const { delta, store, share, meter } = openAggregator()
    meter.createCounter('requests').add(2)
    await delta.collect()
    share()
    const push = openMember(store, 'a')
    expect(await delta.points('requests')).toEqual([])
    push(5)
    const [point] = await delta.points('requests')
    expect(point).toMatchObject({ value: 5, startTime: [SERIES_START / 1000, 0] })
    expect(await delta.points('requests')).toEqual([])
  })

  it('exports each exemplar in one delta', async () => {
    const { delta, store, share } = openAggregator()
    share()
    const builder = new PushBuilder()
    store.open('a', '1')
    const traced = (value: number, traceId: string) =>
      builder.push({ metric: requests, value, exemplars: [[value, SERIES_START + value, traceId]] })
    store.apply('a', traced(1, 'a'.repeat(32)))
    expect(await delta.points('requests')).toMatchObject([{ exemplars: [{ traceId: 'a'.repeat(32) }] }])
    store.apply('a', builder.push({ metric: requests, value: 2 }))
    expect((await delta.points('requests')).map(({ exemplars }) => exemplars)).toEqual([undefined])
    store.apply('a', traced(3, 'b'.repeat(32)))
    expect(await delta.points('requests')).toMatchObject([{ exemplars: [{ traceId: 'b'.repeat(32) }] }])
  })

  it('exports the change of a sum that can fall, and the value of a gauge', async () => {
    const { delta, store, share } = openAggregator()
    share()
    const inFlight = metricOf('in_flight', { instrument: 'UP_DOWN_COUNTER', isMonotonic: false })
    const builder = new PushBuilder()
    store.open('a', '1')
    store.apply(
      'a',
      builder.push({ metric: inFlight, value: 5 }, { metric: gaugeOf('size', 'max'), value: 3 }),
    )
    expect(await valuesOf(delta, 'in_flight')).toEqual([5])
    store.apply('a', builder.push({ metric: inFlight, value: 2 }))
    expect(await valuesOf(delta, 'in_flight')).toEqual([-3])
    expect(await valuesOf(delta, 'size')).toEqual([3])
    store.end('a')
    expect(await valuesOf(delta, 'in_flight')).toEqual([-2])
    expect(await valuesOf(delta, 'size')).toEqual([])
  })

  it('exports no deltas of totals that another process has exported', async () => {
    const { delta, store, share } = openAggregator({ isTakenOver: true })
    const push = openMember(store, 'a')
    push(100)
    share()
    expect(await valuesOf(delta, 'requests')).toEqual([])
    push(101)
    expect(await valuesOf(delta, 'requests')).toEqual([1])
  })

  it('exports nothing without a store, as push readers of a member', async () => {
    const reader = readerOf('delta')
    const shared = new SharedStore({ metrics: undefined, resource: defaultResource, now: () => 0 })
    const provider = new MeterProvider({ readers: [reader], sharedMetrics: () => shared })
    provider.getMeter('test').createCounter('requests').add(1)
    expect(await reader.metrics()).toEqual([])
  })
})

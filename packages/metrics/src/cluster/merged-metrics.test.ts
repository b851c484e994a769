import { describe, expect, it } from 'vitest'
import { counterOf, gaugeOf, histogramOf, PushBuilder, SERIES_START } from '../testing/push-builder.ts'
import { valuesOf } from '../testing/values-of.ts'
import { MergedMetrics } from './merged-metrics.ts'

const requests = counterOf('requests')
const latency = histogramOf('latency', [1, 2])

/** A store with the sources `a` and `b`. */
function open(limit?: number) {
  const store = new MergedMetrics({ now: () => SERIES_START, ...(limit && { cardinalityLimit: limit }) })
  const a = new PushBuilder()
  const b = new PushBuilder()
  store.open('a', '0')
  store.open('b', '1')
  return { store, a, b }
}

describe('MergedMetrics', () => {
  it('adds the counters of all sources, by series', async () => {
    const { store, a, b } = open()
    store.apply('a', a.push({ metric: requests, attributes: { route: '/', method: 'GET' }, value: 3 }))
    store.apply('b', b.push({ metric: requests, attributes: { method: 'GET', route: '/' }, value: 4 }))
    store.apply('b', b.push({ metric: requests, attributes: { route: '/x' }, value: 1 }))
    expect(await valuesOf(store)).toEqual({
      'requests {"route":"/","method":"GET"}': 7,
      'requests {"route":"/x"}': 1,
    })
  })

  it('adds histograms by bucket', async () => {
    const { store, a, b } = open()
    store.apply('a', a.push({ metric: latency, value: { sum: 4.5, min: 1, max: 3.5, counts: [1, 0, 1] } }))
    store.apply('b', b.push({ metric: latency, value: { sum: 2, min: 2, max: 2, counts: [0, 1, 0] } }))
    expect(await valuesOf(store)).toEqual({
      'latency {}': {
        sum: 6.5,
        count: 3,
        min: 1,
        max: 3.5,
        buckets: { boundaries: [1, 2], counts: [1, 1, 1] },
      },
    })
  })

  it.each([
    ['sum', 13],
    ['max', 9],
    ['min', 4],
    ['mean', 6.5],
    ['last', 4],
  ] as const)('merges gauges by the rule %s', async (rule, expected) => {
    const { store, a, b } = open()
    store.apply('a', a.push({ metric: gaugeOf('g', rule), value: 1 }))
    store.apply('b', b.push({ metric: gaugeOf('g', rule), value: 9 }))
    store.apply('a', a.push({ metric: gaugeOf('g', rule), value: 4 }))
    expect(await valuesOf(store)).toEqual({ 'g {}': expected })
  })

  it('I6: does not take a repeated push for the newest one', async () => {
    const { store, a, b } = open()
    const first = a.push({ metric: gaugeOf('g', 'last'), value: 1 })
    store.apply('a', first)
    store.apply('b', b.push({ metric: gaugeOf('g', 'last'), value: 9 }))
    store.apply('a', first)
    expect(await valuesOf(store)).toEqual({ 'g {}': 9 })
  })

  it('adds the label worker to gauges with the rule by_worker', async () => {
    const { store, a, b } = open()
    store.apply('a', a.push({ metric: gaugeOf('g', 'by_worker'), value: 1 }))
    store.apply('b', b.push({ metric: gaugeOf('g', 'by_worker'), value: 9 }))
    expect(await valuesOf(store)).toEqual({ 'g {"worker":"0"}': 1, 'g {"worker":"1"}': 9 })
  })

  it('renames an attribute worker of such a gauge to exported_worker, so that its series remain apart', async () => {
    const { store, a } = open()
    for (const [worker, value] of [
      ['mail', 1],
      ['web', 9],
    ] as const)
      store.apply('a', a.push({ metric: gaugeOf('g', 'by_worker'), attributes: { worker }, value }))
    expect(await valuesOf(store)).toEqual({
      'g {"worker":"0","exported_worker":"mail"}': 1,
      'g {"worker":"0","exported_worker":"web"}': 9,
    })
  })
})

import { describe, expect, it } from 'vitest'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { collectGarbage } from '../testing/collect-garbage.ts'
import { counterOf, gaugeOf, histogramOf, metricOf, PushBuilder } from '../testing/push-builder.ts'
import { valuesOf } from '../testing/values-of.ts'
import { MergedMetrics } from './merged-metrics.ts'

const warnings = captureWarnings()
const requests = counterOf('requests')

/** Pushes one value of each series of a new source. */
function pushAll(store: MergedMetrics, source: string, series: number): void {
  const builder = new PushBuilder()
  store.open(source, '0')
  for (let i = 0; i < series; i += 1) {
    const attributes = { route: `/${i}` }
    store.apply(source, builder.push({ metric: requests, attributes, value: 1 }))
    store.apply(source, builder.push({ metric: gaugeOf('size', 'sum'), attributes, value: 1 }))
    const value = { sum: 1, min: 1, max: 1, counts: [0, 1] }
    const exemplars = [[1, 1_700_000_000_000, String(i).padStart(32, '0')]] as const
    store.apply(source, builder.push({ metric: histogramOf('latency', [0.5]), attributes, value, exemplars }))
  }
}

describe('the memory of a store', () => {
  it('I9: has the same size after many ended sources', async () => {
    const store = new MergedMetrics()
    const cycle = async (sources: number): Promise<number> => {
      for (let i = 0; i < sources; i += 1) {
        const key = `source ${store.version}`
        pushAll(store, key, 50)
        await store.collect()
        store.end(key)
        store.fold(key)
      }
      await store.collect()
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = await cycle(50)
    expect((await cycle(300)) - before).toBeLessThan(1e6)
  })

  it('I9: is bounded by the cardinality limit; other series go into the overflow series', async () => {
    const store = new MergedMetrics({ cardinalityLimit: 2 })
    pushAll(store, 'a', 3)
    pushAll(store, 'b', 4)
    const overflow = '{"otel.metric.overflow":true}'
    expect(await valuesOf(store)).toMatchObject({
      'requests {"route":"/0"}': 2,
      'requests {"route":"/1"}': 2,
      [`requests ${overflow}`]: 3,
      [`size ${overflow}`]: 3,
      [`latency ${overflow}`]: { count: 3, sum: 3 },
    })
    store.fold('a')
    expect(await valuesOf(store)).toMatchObject({ [`requests ${overflow}`]: 3, [`size ${overflow}`]: 2 })
    store.fold('b')
    expect(Object.keys(await valuesOf(store)).filter((key) => key.startsWith('size'))).toEqual([])
  })

  it('frees the series of gauges, so that new ones do not overflow', async () => {
    const store = new MergedMetrics({ cardinalityLimit: 2 })
    for (let i = 0; i < 5; i += 1) {
      const builder = new PushBuilder()
      store.open(`${i}`, '0')
      store.apply(`${i}`, builder.push({ metric: gaugeOf('size', 'max'), attributes: { i }, value: i }))
      expect(await valuesOf(store)).toEqual({ [`size {"i":${i}}`]: i })
      store.end(`${i}`)
    }
  })
})

describe('a metric with two definitions', () => {
  it.each([
    ['bounds', histogramOf('m', [1]), histogramOf('m', [1, 2])],
    ['a unit', counterOf('m'), metricOf('m', { unit: 'By' })],
    ['a kind', counterOf('m'), gaugeOf('m', 'sum')],
    ['monotonicity', counterOf('m'), metricOf('M', { isMonotonic: false, instrument: 'UP_DOWN_COUNTER' })],
  ])(
    'I11: keeps the first if %s differs, counts the others, and reports them once',
    async (_what, first, second) => {
      const store = new MergedMetrics()
      const valueFor = (metric: typeof first) =>
        metric.kind === 'histogram'
          ? { sum: 1, min: 1, max: 1, counts: [1, ...metric.boundaries.map(() => 0)] }
          : 1
      for (const [source, metric] of [first, second, second, first].entries()) {
        store.open(`${source}`, '0')
        store.apply(`${source}`, new PushBuilder().push({ metric, value: valueFor(metric) }))
      }
      const [merged] = Object.values(await valuesOf(store))
      expect(typeof merged === 'number' ? merged : (merged as { count: number }).count).toBe(2)
      expect(store.conflicts).toBe(2)
      expect(warnings()).toHaveLength(1)
      expect(warnings()[0]).toContain('The first definition is used as long as a process has it.')
    },
  )
})

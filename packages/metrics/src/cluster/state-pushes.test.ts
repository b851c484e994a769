import { describe, expect, it } from 'vitest'
import { counterOf, gaugeOf, histogramOf, PushBuilder } from '../testing/push-builder.ts'
import { valuesOf } from '../testing/values-of.ts'
import { MergedMetrics } from './merged-metrics.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'

const SERIES = 1_000

/** A store with many series of three metrics. */
function openFull() {
  const store = new MergedMetrics()
  const builder = new PushBuilder()
  store.open('a', '0')
  for (let i = 0; i < SERIES; i += 1) {
    const attributes = { route: `/${'long'.repeat(20)}/${i}`, name: 'é"\n' }
    const value = { sum: i / 3, min: i / 7, max: i / 3, counts: [i, 0, 1] }
    const exemplars = [[1, 1_700_000_000_000 + i, String(i).padStart(32, '0')]] as const
    store.apply(
      'a',
      builder.push(
        { metric: counterOf('requests'), attributes, value: i / 3 },
        { metric: gaugeOf('size', 'sum'), attributes, value: Number.NaN },
        { metric: histogramOf('latency', [1, 2]), attributes, value, exemplars },
      ),
    )
  }
  return { store, builder }
}

describe('the pushes of a state', () => {
  it('are not larger than a message, and are not many more than needed', () => {
    const { store } = openFull()
    const sizes = [...store.changesSince(0).pushes].map((push) => Buffer.byteLength(JSON.stringify(push)))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
    const total = sizes.reduce((a, b) => a + b, 0)
    expect(sizes.length).toBeLessThan((3 * total) / MAX_MESSAGE_BYTES)
  })

  it('have NaN, infinities and exemplars in a form that JSON represents', async () => {
    const { store } = openFull()
    const replica = new MergedMetrics()
    replica.open('aggregator', '')
    for (const push of store.changesSince(0).pushes)
      replica.apply('aggregator', JSON.parse(JSON.stringify(push)))
    expect(await valuesOf(replica)).toEqual(await valuesOf(store))
  })

  it('contain only what changed, without definitions that the replica has', () => {
    const { store, builder } = openFull()
    const { version } = store.changesSince(0)
    const unchanged = store.changesSince(version)
    expect(unchanged.version).toBe(version)
    expect([...unchanged.pushes]).toEqual([{ type: 'push', sequence: version }])
    store.apply('a', { type: 'push', sequence: SERIES + 1, numbers: [0, 5000] })
    const changes = store.changesSince(version)
    expect(changes.version).toBe(version + 1)
    expect([...changes.pushes]).toEqual([
      { type: 'push', sequence: version + 1, numbers: [expect.any(Number), 5000] },
    ])
    store.apply('a', builder.push())
    expect(store.version).toBe(version + 1)
  })

  it('bring a replica up to date, also if the store changes while they are read', async () => {
    const { store } = openFull()
    const replica = new MergedMetrics()
    replica.open('aggregator', '')
    const { version, pushes } = store.changesSince(0)
    let count = 0
    for (const push of pushes) {
      replica.apply('aggregator', push)
      count += 1
      if (count === 1) store.end('a')
      if (count !== 2) continue
      store.open('b', '1')
      const others = [gaugeOf('size', 'sum'), counterOf('other')]
      store.apply('b', new PushBuilder().push(...others.map((metric) => ({ metric, value: 7 }))))
      store.changesSince(0)
    }
    expect(count).toBeGreaterThan(3)
    for (const push of store.changesSince(version).pushes) replica.apply('aggregator', push)
    expect(await valuesOf(replica)).toEqual(await valuesOf(store))
  })

  it('of ended sources contain definitions, because the receiver may have none', () => {
    const { store } = openFull()
    const { version } = store.changesSince(0)
    expect(store.retiredSince(0).pushes).toEqual([{ type: 'push', sequence: version }])
    store.fold('a')
    const { pushes } = store.retiredSince(version)
    const names = pushes.flatMap(({ metrics = [] }) => metrics.map(([, { name }]) => name))
    expect(names).toEqual(['requests', 'latency'])
    expect(pushes.flatMap(({ series = [] }) => series)).toHaveLength(2 * SERIES)
  })
})

describe('a collection of many series', () => {
  it('yields to the event loop while it merges', async () => {
    const store = new MergedMetrics()
    for (let source = 0; source < 16; source += 1) {
      const builder = new PushBuilder()
      store.open(`${source}`, `${source}`)
      for (let i = 0; i < SERIES; i += 1)
        store.apply(`${source}`, builder.push({ metric: counterOf('requests'), attributes: { i }, value: 1 }))
    }
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await store.snapshot()
    isDone = true
    expect(turns).toBeGreaterThanOrEqual(1)
  })
})

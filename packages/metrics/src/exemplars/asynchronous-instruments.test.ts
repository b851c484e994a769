import { type Attributes, ROOT_CONTEXT } from '@opentelemetry/api'
import { createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { NOW, openExemplarMeter } from '../testing/open-exemplar-meter.ts'
import { SAMPLED } from '../testing/span-contexts.ts'
import type { ExemplarReservoir } from './reservoir.ts'

describe('exemplars of asynchronous instruments', () => {
  const keepRoute = {
    instrumentName: '*',
    attributesProcessors: [createAllowListAttributesProcessor(['route'])],
  }

  function observeRoutes(meter: ReturnType<typeof openExemplarMeter>['meter']) {
    const values: [number, Attributes][] = [
      [3, { route: '/a', pid: 1 }],
      [4, { route: '/b', pid: 2 }],
    ]
    for (const kind of ['Counter', 'UpDownCounter', 'Gauge'] as const) {
      meter[`createObservable${kind}`](kind).addCallback((result) => {
        for (const [value, attributes] of values) result.observe(value, attributes)
      })
    }
  }

  it.each(['delta', 'cumulative'] as const)(
    'are sampled from all observations with always_on, without ids (%s reader)',
    async (temporality) => {
      const reader = readerOf(temporality)
      const { meter } = openExemplarMeter({
        readers: [reader],
        views: [keepRoute],
        exemplarFilter: 'always_on',
        activeContext: () => SAMPLED,
      })
      observeRoutes(meter)
      const timestamp = [1_700_000_000, 250_000_000]
      for (const kind of ['Counter', 'UpDownCounter', 'Gauge']) {
        expect((await reader.points(kind)).map((point) => [point.attributes, point.exemplars])).toEqual([
          [{ route: '/a' }, [{ filteredAttributes: { pid: 1 }, value: 3, timestamp }]],
          [{ route: '/b' }, [{ filteredAttributes: { pid: 2 }, value: 4, timestamp }]],
        ])
      }
    },
  )

  it('are sampled from the observations that a view added up, and from the overflow series', async () => {
    const { reader, meter } = openExemplarMeter({
      views: [keepRoute],
      exemplarFilter: 'always_on',
      cardinalityLimit: 1,
    })
    meter.createObservableCounter('c').addCallback((result) => {
      for (const pid of [1, 2, 3]) result.observe(pid, { route: '/a', pid })
      result.observe(9, { route: '/b', pid: 9 })
    })
    const [sum, overflow] = await reader.points('c')
    expect(sum).toMatchObject({ value: 6, exemplars: [{ value: expect.any(Number) }] })
    expect(sum?.exemplars?.[0]?.filteredAttributes).toEqual({ pid: sum?.exemplars?.[0]?.value })
    expect(overflow?.exemplars).toMatchObject([{ value: 9, filteredAttributes: { route: '/b', pid: 9 } }])
  })

  it('come from the reservoir of the view, with the allowed attributes only', async () => {
    const offered: unknown[] = []
    const exemplarReservoir = (): ExemplarReservoir => ({
      offer: (value, now, attributes, given) => offered.push([value, now(), attributes, given]),
      collect: () => [{ filteredAttributes: { pid: 1, secret: 's' }, value: 5, timestamp: [1, 2] }],
    })
    const { meter, exemplarsOf } = openExemplarMeter({
      views: [{ ...keepRoute, exemplarReservoir }],
      exemplarFilter: 'always_on',
      exemplarAttributes: ['pid'],
    })
    meter.createObservableGauge('o').addCallback((result) => result.observe(5, { route: '/a', pid: 1 }))
    expect(await exemplarsOf('o')).toEqual([
      [{ filteredAttributes: { pid: 1 }, value: 5, timestamp: [1, 2] }],
    ])
    expect(offered).toEqual([[5, NOW, { route: '/a', pid: 1 }, ROOT_CONTEXT]])
  })

  it.each(['trace_based', 'always_off'] as const)(
    'are absent with %s, since callbacks do not run in a span',
    async (exemplarFilter) => {
      const { meter, exemplarsOf } = openExemplarMeter({
        views: [keepRoute],
        exemplarFilter,
        activeContext: () => SAMPLED,
      })
      observeRoutes(meter)
      expect(await exemplarsOf('Counter')).toEqual([undefined, undefined])
    },
  )
})

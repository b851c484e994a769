import { ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { openProvider, START_HR } from '../testing/open-provider.ts'
import { contextWithSpan } from '../testing/span-contexts.ts'

describe('exemplars', () => {
  it('name the sampled span of the explicit context, else of the active one', async () => {
    const active = contextWithSpan('1')
    const { reader, meter } = openProvider({ activeContext: () => active })
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } })
    histogram.record(0.5, { k: 'v' })
    histogram.record(1.5, { k: 'v' }, contextWithSpan('2'))
    histogram.record(9, { k: 'v' }, contextWithSpan('3', TraceFlags.NONE))
    histogram.record(9, { k: 'v' }, ROOT_CONTEXT)
    const [point] = await reader.points('h')
    const exemplar = (digit: string, value: number) => ({
      filteredAttributes: {},
      value,
      timestamp: START_HR,
      traceId: digit.repeat(32),
      spanId: digit.repeat(16),
    })
    expect(point?.exemplars).toEqual([exemplar('1', 0.5), exemplar('2', 1.5)])
  })

  it('are kept for later collections of a cumulative stream, and belong to one interval of a delta stream', async () => {
    const cumulative = readerOf('cumulative')
    const delta = readerOf('delta')
    const meter = new MeterProvider({ readers: [cumulative, delta] }).getMeter('m')
    const bound = meter.createCounter('c').bind()
    bound.add(1, contextWithSpan('a'))
    const ids = async (reader: typeof delta) =>
      (await reader.points('c')).map((point) => point.exemplars?.map((exemplar) => exemplar.traceId?.[0]))
    expect([await ids(cumulative), await ids(cumulative), await ids(delta), await ids(delta)]).toEqual([
      [['a']],
      [['a']],
      [['a']],
      [],
    ])
    bound.add(1)
    expect([await ids(cumulative), await ids(delta)]).toEqual([[['a']], [undefined]])
  })

  it('have the attributes that a view removed, limited by exemplarAttributes', async () => {
    const views = [{ instrumentName: 'c', attributesProcessors: [{ process: () => ({}) }] }]
    const shown = async (exemplarAttributes?: readonly string[]) => {
      const { reader, meter } = openProvider({ views, ...(exemplarAttributes && { exemplarAttributes }) })
      meter.createCounter('c').add(1, { user: 'x', plan: 'y' }, contextWithSpan('a'))
      return (await reader.points('c'))[0]?.exemplars?.[0]?.filteredAttributes
    }
    expect([await shown(), await shown(['plan']), await shown([])]).toEqual([
      { user: 'x', plan: 'y' },
      { plan: 'y' },
      {},
    ])
  })

  it('are absent with always_off, and have no ids with always_on outside a sampled span', async () => {
    const of = async (exemplarFilter: 'always_on' | 'always_off', context = contextWithSpan('1', 0)) => {
      const { reader, meter } = openProvider({ exemplarFilter })
      meter.createCounter('c').add(1, {}, context)
      return (await reader.points('c'))[0]?.exemplars
    }
    expect(await of('always_off', contextWithSpan('1'))).toBeUndefined()
    expect(await of('always_on')).toEqual([{ filteredAttributes: {}, value: 1, timestamp: START_HR }])
  })
})

import { describe, expect, it } from 'vitest'
import type { Family, NumberPoint } from '../family.ts'
import { FamilyConverter } from './to-metrics.ts'

const labels = { upstream: 'a', model: 'm' }
const METADATA = { unit: 'seconds', help: 'Help.' }
const counterOf = (...points: NumberPoint[]): Family => ({
  name: 'c_total',
  type: 'counter',
  ...METADATA,
  points,
})
const START = { startTime: [1, 0], isStartKnown: false }

/** Converts a counter of one engine at some times; returns start times in milliseconds. */
function starts(converter: FamilyConverter, now: number, ...points: NumberPoint[]): unknown[] {
  const [metric] = converter.convert(points.length === 0 ? [] : [counterOf(...points)], now)
  return (metric?.dataPoints ?? []).map(({ startTime: [seconds, nanos] }) => seconds * 1000 + nanos / 1e6)
}

describe('families of an exposition', () => {
  it('become sums and histograms with exemplars, with units of OpenTelemetry and under their own names', () => {
    const ids = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' }
    const exemplar = { labels: { ...ids, k: 'v' }, value: 0.5, timestamp: 3.5 }
    const histogram: Family = {
      name: 'h',
      type: 'histogram',
      ...METADATA,
      points: [
        {
          labels,
          buckets: [
            { bound: 1, count: 2, exemplar },
            { bound: Number.POSITIVE_INFINITY, count: 5 },
          ],
          count: 5,
          sum: 9,
        },
      ],
    }
    const counter = counterOf({ labels, value: 7, exemplar: { labels: { trace_id: 'x' }, value: 1 } })
    const metrics = new FamilyConverter().convert([counter, histogram], 1000)
    const descriptor = { description: 'Help.', unit: 's', valueType: 1 }
    const common = { attributes: labels, endTime: [1, 0], ...START }
    expect(metrics).toEqual([
      {
        descriptor: { ...descriptor, name: 'c_total' },
        aggregationTemporality: 1,
        dataPointType: 3,
        isMonotonic: true,
        dataPoints: [
          {
            ...common,
            value: 7,
            exemplars: [{ value: 1, timestamp: [1, 0], filteredAttributes: { trace_id: 'x' } }],
          },
        ],
        exposed: counter,
      },
      {
        descriptor: { ...descriptor, name: 'h' },
        aggregationTemporality: 1,
        dataPointType: 0,
        dataPoints: [
          {
            ...common,
            value: { buckets: { boundaries: [1], counts: [2, 3] }, count: 5, sum: 9 },
            exemplars: [
              {
                value: 0.5,
                timestamp: [3, 500_000_000],
                filteredAttributes: { k: 'v' },
                traceId: ids.trace_id,
                spanId: ids.span_id,
              },
            ],
          },
        ],
        exposed: histogram,
      },
    ])
  })

  it.each(['summary', 'unknown', 'info', 'stateset', 'gaugehistogram'] as const)(
    'of the type %s have no data points',
    (type) => {
      const family = { name: 'x', type, ...METADATA, points: [{ labels, value: 1 }] } as unknown as Family
      expect(new FamilyConverter().convert([family], 0)).toMatchObject([{ dataPoints: [], exposed: family }])
    },
  )

  it('start when they are found, or at their _created time', () => {
    const converter = new FamilyConverter()
    expect(starts(converter, 1000, { labels, value: 5 })).toEqual([1000])
    expect(starts(converter, 2000, { labels, value: 5 })).toEqual([1000])
    expect(starts(converter, 3000, { labels, value: 5, created: 0.5 })).toEqual([500])
  })

  it('start again at the update before, after a reset or if they are new in an engine', () => {
    const converter = new FamilyConverter()
    starts(converter, 1000, { labels, value: 5 })
    const added = { labels: { ...labels, model: 'new' }, value: 9 }
    expect(starts(converter, 2000, { labels, value: 4 }, added)).toEqual([1000, 1000])
    expect(starts(converter, 3000, { labels, value: 4 }, added)).toEqual([1000, 1000])
  })

  it('keep their start while their engine does not answer', () => {
    const converter = new FamilyConverter()
    starts(converter, 1000, { labels, value: 5 })
    expect(starts(converter, 2000)).toEqual([])
    expect(starts(converter, 3000, { labels, value: 6 })).toEqual([1000])
    expect(starts(converter, 4000, { labels: { upstream: 'b' }, value: 6 })).toEqual([4000])
  })
})

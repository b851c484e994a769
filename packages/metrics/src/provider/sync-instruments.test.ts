import { ValueType } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { openProvider, START_HR } from '../testing/open-provider.ts'

describe('synchronous instruments', () => {
  it('returns the complete metric of a counter', async () => {
    const { clock, reader, meter } = openProvider()
    const counter = meter.createCounter('hits', { description: 'Hits.', unit: '{hit}' })
    counter.add(1, { route: '/a' })
    clock.now += 1_500
    counter.add(2, { route: '/a' })
    counter.add(5, { route: '/b', code: 200 })
    counter.add(7, { code: 200, route: '/b' })
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    expect(resourceMetrics.scopeMetrics).toEqual([
      {
        scope: { name: 'test', version: '1.2.3' },
        metrics: [
          {
            descriptor: {
              name: 'hits',
              type: 'COUNTER',
              description: 'Hits.',
              unit: '{hit}',
              valueType: 1,
              advice: {},
            },
            aggregationTemporality: 1,
            dataPointType: 3,
            isMonotonic: true,
            dataPoints: [
              {
                attributes: { route: '/a' },
                startTime: START_HR,
                endTime: [1_700_000_001, 500_000_000],
                value: 3,
              },
              {
                attributes: { route: '/b', code: 200 },
                startTime: [1_700_000_001, 500_000_000],
                endTime: [1_700_000_001, 500_000_000],
                value: 12,
              },
            ],
          },
        ],
      },
    ])
  })

  it('omits instruments without measurements', async () => {
    const { reader, meter } = openProvider()
    meter.createCounter('unused')
    meter.createUpDownCounter('bound.only').bind({ a: 1 })
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toEqual([])
  })

  it('uses the boundaries of the advice, sorted and without infinities', async () => {
    const { reader, meter } = openProvider()
    const histogram = meter.createHistogram('d', {
      advice: { explicitBucketBoundaries: [1, 5, Number.POSITIVE_INFINITY, 2.5] },
    })
    for (const value of [1, 1.5, 2.5, 100]) histogram.record(value)
    const [point] = await reader.points('d')
    expect(point?.value).toEqual({
      buckets: { boundaries: [1, 2.5, 5], counts: [1, 2, 0, 1] },
      count: 4,
      sum: 105,
      min: 1,
      max: 100,
    })
  })

  it('returns the last value of a gauge and the sum of an up-down counter', async () => {
    const { reader, meter } = openProvider()
    const gauge = meter.createGauge('g')
    gauge.record(4)
    gauge.record(-2)
    const upDown = meter.createUpDownCounter('u', { valueType: ValueType.INT })
    upDown.add(5.9)
    upDown.add(-7)
    expect((await reader.points('g')).map((point) => point.value)).toEqual([-2])
    expect((await reader.points('u')).map((point) => point.value)).toEqual([-2])
  })

  it('starts a delta interval at the previous collection, with empty series', async () => {
    const { clock, reader, meter } = openProvider({}, 'delta')
    const counter = meter.createCounter('c')
    const bound = counter.bind({ k: 1 })
    clock.now += 1_000
    counter.add(3, { k: 1 })
    bound.add(4)
    const first = await reader.points('c')
    clock.now += 1_000
    const second = await reader.points('c')
    clock.now += 1_000
    bound.add(1)
    const third = await reader.points('c')
    const at = (seconds: number) => [1_700_000_000 + seconds, 0]
    expect([first, second, third]).toEqual([
      [{ attributes: { k: 1 }, startTime: at(0), endTime: at(1), value: 7 }],
      [],
      [{ attributes: { k: 1 }, startTime: at(2), endTime: at(3), value: 1 }],
    ])
  })

  it('drops invalid values and attributes without throwing', async () => {
    const { reader, meter } = openProvider()
    const counter = meter.createCounter('c')
    const invalid: unknown[] = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      '1',
      1n,
      Symbol('x'),
      Object.create(null),
      null,
    ]
    for (const value of invalid) counter.add(value as number)
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const throwing = {
      get a() {
        throw new Error('no')
      },
      b: 1,
    }
    for (const attributes of [null, 'text', { id: 10n }, circular, throwing, { f: () => 1 }] as never[]) {
      counter.add(1, attributes)
    }
    counter.add(1, {}, {} as never)
    expect((await reader.points('c')).map(({ attributes, value }) => [attributes, value])).toEqual([
      [{}, 6],
      [{ b: 1 }, 1],
    ])
  })
})

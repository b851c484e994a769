import { DiagLogLevel, diag } from '@opentelemetry/api'
import { InstrumentType } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { MeterProvider } from './meter-provider.ts'

let warnings: string[] = []

beforeEach(() => {
  warnings = []
  const note = (message: string) => warnings.push(message)
  diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.WARN)
})

afterEach(() => {
  diag.disable()
})

describe('duplicate instruments', () => {
  it('are one if they are equal', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('x', { unit: 's' }).add(1)
    meter.createCounter('x', { unit: 's' }).add(2)
    expect(await pointsOf(reader)).toEqual([[{}, 3]])
    expect(warnings).toEqual([])
  })

  it('that views make, of one name and different attributes, are both reported, with a warning', async () => {
    const [reader, other] = [cumulative(), delta()]
    const views = [
      { instrumentName: 'x', attributeBounds: { k: ['a'] } },
      { instrumentName: '*', attributeBounds: { k: 0 } },
    ]
    const counter = open([reader, other], views).createCounter('x')
    counter.add(1, { k: 'a' })
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual(['x', 'x'])
    // One for each of the reader's two streams that cannot be told apart.
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('metric "x" (COUNTER, unit "", DOUBLE) is there already as COUNTER')
  })

  it('of another kind, unit or value type are both reported, with a warning', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('x').add(1)
    meter.createUpDownCounter('X').add(2)
    meter.createCounter('x', { unit: 's' }).add(3)
    meter.createCounter('x', { valueType: 0 }).add(4)
    const metrics = await reader.metrics()
    expect(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value])).toEqual([
      ['x', 1],
      ['X', 2],
      ['x', 3],
      ['x', 4],
    ])
    expect(warnings).toHaveLength(3)
    expect(warnings[0]).toContain('metric "X" (UP_DOWN_COUNTER, unit "", DOUBLE) is there already as COUNTER')
  })

  it('with two descriptions have the longer one, and with two advices the first', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const advice = (...boundaries: number[]) => ({ advice: { explicitBucketBoundaries: boundaries } })
    meter.createHistogram('x', { description: 'short', ...advice(1) }).record(1)
    meter.createHistogram('x', { description: 'a longer one', ...advice(1, 2, 3) }).record(1)
    const [metric, ...others] = await reader.metrics()
    expect(others).toEqual([])
    expect(metric?.descriptor.description).toBe('a longer one')
    expect(metric?.dataPoints[0]?.value).toMatchObject({ buckets: { boundaries: [1], counts: [2, 0] } })
    expect(warnings).toHaveLength(1)
  })

  it('of two meters have nothing to do with each other', async () => {
    const reader = cumulative()
    const provider = new MeterProvider({ readers: [reader] })
    for (const [i, version] of ['1', '2'].entries())
      provider
        .getMeter('m', version)
        .createCounter('x')
        .add(i + 1)
    const { scopeMetrics } = (await reader.collect()).resourceMetrics
    expect(
      scopeMetrics.map(({ scope, metrics }) => [scope.version, metrics[0]?.dataPoints[0]?.value]),
    ).toEqual([
      ['1', 1],
      ['2', 2],
    ])
  })
})

describe('invalid input', () => {
  it('names are warned about and used, whatever they are', async () => {
    const reader = cumulative()
    const meter = open([reader])
    for (const name of ['1st', '', 'a b', 'x'.repeat(256), undefined, 7] as string[])
      meter.createCounter(name).add(1)
    expect(warnings).toHaveLength(6)
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual([
      '1st',
      '',
      'a b',
      'x'.repeat(256),
    ])
  })

  it('options of a wrong type count as not given', async () => {
    const reader = cumulative()
    const options = { description: 1, unit: null, advice: { explicitBucketBoundaries: 'no' } }
    open([reader])
      .createHistogram('x', options as never)
      .record(1)
    expect((await reader.metrics())[0]?.descriptor).toMatchObject({ description: '', unit: '' })
  })

  it('views that select nothing, name many or have no such aggregation throw where they are written', () => {
    const views = [
      { name: 'x' },
      { name: 'x', instrumentName: 'a*' },
      { instrumentName: 'x', aggregation: { type: 9 } },
    ]
    for (const view of views) expect(() => new MeterProvider({ views: [view as never] })).toThrow(/view/)
  })

  it('an unknown exemplar filter is the default one', () => {
    new MeterProvider({ exemplarFilter: 'sometimes' as never })
    expect(warnings).toEqual(['exemplarFilter "sometimes" is none; using "trace_based"'])
  })

  it('a batch callback without an instrument of ours is refused', () => {
    open([cumulative()]).addBatchObservableCallback(() => {}, [{ addCallback() {}, removeCallback() {} }])
    expect(warnings).toHaveLength(1)
  })
})

describe('gauges', () => {
  it('may hold NaN and infinities, but bring them into no histogram', async () => {
    const reader = cumulative()
    const meter = open(
      [reader],
      [{ instrumentName: 'h', aggregation: { type: 4, options: { boundaries: [1] } } }],
    )
    const values = [2, Number.NaN, Number.POSITIVE_INFINITY]
    for (const value of values) {
      meter.createGauge('x').record(value)
      meter.createGauge('h').record(value)
    }
    let observed = Number.NEGATIVE_INFINITY
    meter.createObservableGauge('o').addCallback((result) => result.observe(observed))
    expect(await pointsOf(reader)).toEqual([[{}, Number.POSITIVE_INFINITY]])
    expect(await pointsOf(reader, 'h')).toEqual([
      [{}, { buckets: { boundaries: [1], counts: [0, 1] }, count: 1, min: 2, max: 2, sum: undefined }],
    ])
    expect(await pointsOf(reader, 'o')).toEqual([[{}, Number.NEGATIVE_INFINITY]])
    observed = 1
    expect(await pointsOf(reader, 'o')).toEqual([[{}, 1]])
  })
})

describe('callbacks', () => {
  it('are registered once, and can be removed', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const [a, b] = [meter.createObservableGauge('a'), meter.createObservableGauge('b')]
    let runs = 0
    const count = () => {
      runs += 1
    }
    for (let i = 0; i < 2; i += 1) {
      a.addCallback(count)
      meter.addBatchObservableCallback(count, [a, b])
      meter.addBatchObservableCallback(count, [b, a, b])
    }
    await reader.collect()
    expect(runs).toBe(2)
    a.removeCallback(count)
    b.removeCallback(count)
    meter.removeBatchObservableCallback(count, [a])
    await reader.collect()
    expect(runs).toBe(3)
    meter.removeBatchObservableCallback(count, [b, a])
    await reader.collect()
    expect(runs).toBe(3)
  })

  it('observe only what they were registered for, and nothing once they are over', async () => {
    const reader = delta()
    const meter = open([reader])
    const [a, b] = [meter.createObservableCounter('a'), meter.createObservableCounter('b')]
    let late = () => {}
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(a, 1)
        result.observe(b, 1)
        late = () => result.observe(a, 100)
      },
      [a],
    )
    expect(await pointsOf(reader, 'a')).toEqual([[{}, 1]])
    late()
    expect(await pointsOf(reader, 'a')).toEqual([[{}, 0]])
    expect(await pointsOf(reader, 'b')).toEqual([])
  })

  it('of two instruments that are one feed one stream; of equal attributes the last value counts', async () => {
    const reader = cumulative()
    const meter = open([reader])
    for (const value of [1, 2]) {
      meter.createObservableGauge('x').addCallback((result) => {
        result.observe(value, { k: 'same' })
        result.observe(value, { k: value })
      })
    }
    expect(await pointsOf(reader)).toEqual([
      [{ k: 'same' }, 2],
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
    ])
  })
})

it('knows the kinds of instruments by the names that upstream gives them', () => {
  const kinds = ['COUNTER', 'GAUGE', 'HISTOGRAM', 'UP_DOWN_COUNTER', 'OBSERVABLE_COUNTER', 'OBSERVABLE_GAUGE']
  expect(Object.values(InstrumentType).sort()).toEqual([...kinds, 'OBSERVABLE_UP_DOWN_COUNTER'].sort())
})

import { describe, expect, it } from 'vitest'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { cumulative, open } from '../testing/open-meter.ts'
import { MeterProvider } from './meter-provider.ts'

const warnings = captureWarnings()

describe('invalid input', () => {
  it('uses invalid names, with a warning', async () => {
    const reader = cumulative()
    const meter = open([reader])
    for (const name of ['1st', '', 'a b', 'x'.repeat(256), undefined, 7] as string[])
      meter.createCounter(name).add(1)
    expect(warnings()).toHaveLength(6)
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual([
      '1st',
      '',
      'a b',
      'x'.repeat(256),
    ])
  })

  it('ignores instrument options of the wrong type', async () => {
    const reader = cumulative()
    const options = { description: 1, unit: null, advice: { explicitBucketBoundaries: 'no' } }
    open([reader])
      .createHistogram('x', options as never)
      .record(1)
    expect((await reader.metrics())[0]?.descriptor).toMatchObject({ description: '', unit: '' })
  })

  it('throws for views without criteria, with a name for many instruments, or with an unknown aggregation', () => {
    const views = [
      { name: 'x' },
      { name: 'x', instrumentName: 'a*' },
      { instrumentName: 'x', aggregation: { type: 9 } },
    ]
    for (const view of views) expect(() => new MeterProvider({ views: [view as never] })).toThrow(/view/)
  })

  it('replaces an unknown exemplar filter by the default, with a warning', () => {
    new MeterProvider({ exemplarFilter: 'sometimes' as never })
    expect(warnings()).toEqual([
      'exemplarFilter: got "sometimes", expected "trace_based", "always_on" or "always_off", using "trace_based"',
    ])
  })

  it('ignores a batch callback without an instrument of this SDK, with an error', () => {
    open([cumulative()]).addBatchObservableCallback(() => {}, [{ addCallback() {}, removeCallback() {} }])
    expect(warnings()).toHaveLength(1)
  })
})

import type { ObservableResult } from '@opentelemetry/api'
import { createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { cumulative, delta, explicit, exponential, open, pointsOf, sizeOf } from '../testing/open-meter.ts'

// Each number is a deviation of sdk-metrics 3.1.1 from the specification; the tests show the behaviour of this package.
// README.md lists all deviations.

describe('observed instruments', () => {
  it('deviation 10: adds up observations whose attributes a view makes equal', async () => {
    const reader = cumulative()
    const views = [{ instrumentName: 'x', attributesProcessors: [createAllowListAttributesProcessor([])] }]
    open([reader], views)
      .createObservableCounter('x')
      .addCallback((result) => {
        result.observe(50, { pid: 1 })
        result.observe(30, { pid: 2 })
      })
    expect(await pointsOf(reader)).toEqual([[{}, 80]])
  })

  it('deviation 11: does not export a series that is no longer observed', async () => {
    const reader = cumulative()
    let pids = [1, 2]
    open([reader])
      .createObservableCounter('x')
      .addCallback((result) => {
        for (const pid of pids) result.observe(7, { pid })
      })
    expect(await sizeOf(reader)).toBe(2)
    pids = [2]
    expect(await pointsOf(reader)).toEqual([[{ pid: 2 }, 7]])
  })

  it('deviation 12: uses an observation only for the reader that collects, so resets are detected', async () => {
    const [a, b] = [cumulative(), cumulative()]
    let v = 100
    open([a, b])
      .createObservableCounter('x')
      .addCallback((result) => result.observe(v))
    await a.collect()
    await b.collect()
    for (v of [5, 7]) await a.collect()
    expect(await pointsOf(b)).toEqual([[{}, 7]])
  })

  it('deviation 13: exports the observed value, not a sum of differences', async () => {
    const reader = cumulative()
    let v = 1e17
    const meter = open([reader])
    meter.createObservableUpDownCounter('x').addCallback((result) => result.observe(v))
    await reader.collect()
    v = Number.POSITIVE_INFINITY
    expect(await pointsOf(reader)).toEqual([])
    v = 5
    expect(await pointsOf(reader)).toEqual([[{}, 5]])
  })

  it('deviation 13: detects a reset if two equal instruments observe it', async () => {
    const reader = cumulative()
    let v = 10
    const meter = open([reader])
    for (const _ of [1, 2]) meter.createObservableCounter('x').addCallback((result) => result.observe(v))
    await reader.collect()
    v = 1
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it('deviation 14: ignores a view that makes a histogram of observed values', async () => {
    for (const aggregation of [explicit([5]), exponential]) {
      const reader = delta()
      let v = 1
      open([reader], [{ instrumentName: 'x', name: 'renamed', aggregation }])
        .createObservableGauge('x')
        .addCallback((result) => result.observe(v))
      await reader.collect()
      v = 9
      expect(await pointsOf(reader)).toEqual([[{}, 9]])
    }
  })

  it('deviation 15: runs the callback after one that removes itself', async () => {
    const reader = cumulative()
    const gauge = open([reader]).createObservableGauge('x')
    const once = (result: ObservableResult) => {
      result.observe(1, { of: 'once' })
      gauge.removeCallback(once)
    }
    gauge.addCallback(once)
    gauge.addCallback((result) => result.observe(2, { of: 'always' }))
    expect(await sizeOf(reader)).toBe(2)
    expect(await sizeOf(reader)).toBe(1)
  })

  it('deviation 16: completes a collection if callbacks reject with undefined or never settle', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const gauge = meter.createObservableGauge('x')
    gauge.addCallback(() => Promise.reject())
    gauge.addCallback(() => new Promise(() => {}))
    meter.createCounter('c').add(1)
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: 5 })
    expect(errors.map(String)).toEqual([
      'Error: observable callback failed',
      'TimeoutError: observable callback took longer than 5 ms',
    ])
    expect(resourceMetrics.scopeMetrics[0]?.metrics).toHaveLength(1)
  })
})

import type { Observable } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { CallbackRegistry } from './callback-registry.ts'
import { ObservableInstrument } from './observable-instrument.ts'
import { observationsByStream } from './observations-by-stream.ts'

describe('observations', () => {
  it('of a batch callback for an instrument of another meter are exported by that meter', async () => {
    const reader = cumulative()
    const provider = new MeterProvider({ readers: [reader] })
    const gauge = provider.getMeter('other').createObservableGauge('x')
    provider
      .getMeter('m')
      .addBatchObservableCallback((result) => result.observe(gauge as Observable, 7), [gauge])
    expect(await pointsOf(reader)).toEqual([[{}, 7]])
  })

  it('of several callbacks and equal instruments are merged; the last value of equal attributes counts', async () => {
    const reader = cumulative()
    const meter = open([reader])
    for (const first of [1, 2]) {
      const gauge = meter.createObservableGauge('x')
      gauge.addCallback((result) => result.observe(first, { k: 'both' }))
      gauge.addCallback((result) => result.observe(first, { k: first }))
    }
    expect(await pointsOf(reader)).toEqual([
      [{ k: 'both' }, 2],
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
    ])
  })

  it('are grouped without copies: 1,000 callbacks need no quadratic time', async () => {
    const callbacks = new CallbackRegistry()
    const stream = {} as never
    const descriptor = {
      type: 'OBSERVABLE_GAUGE',
      name: 'x',
      advice: {},
      description: '',
      unit: '',
      valueType: 1,
    }
    const gauge = new ObservableInstrument(descriptor as never, [], callbacks)
    Object.assign(gauge, { streams: [stream] })
    for (let i = 0; i < 1_000; i += 1) gauge.addCallback((result) => result.observe(i, { i }))
    const observations = await callbacks.observe(5_000)
    const buffers = observationsByStream([observations]).get(stream)
    expect(buffers).toEqual(observations.observed.map(([, buffer]) => buffer))
    expect(buffers).toHaveLength(1_000)
  })

  it('of a collection that a later one has overtaken are not reported as delta', async () => {
    const reader = delta()
    const slow = Promise.withResolvers<void>()
    let call = 0
    open([reader])
      .createObservableCounter('x')
      .addCallback(async (result) => {
        call += 1
        if (call > 1) return result.observe(100 + call)
        await slow.promise
        result.observe(101)
      })
    const overtaken = pointsOf(reader)
    expect(await pointsOf(reader)).toEqual([[{}, 102]])
    slow.resolve()
    expect(await overtaken).toEqual([])
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })
})

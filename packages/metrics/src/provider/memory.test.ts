import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../testing/collect-garbage.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { MeterProvider } from './meter-provider.ts'

function heapMegabytes(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed / 1e6
}

const total = (points: readonly { value: unknown }[]) =>
  points.reduce((sum, { value }) => sum + Number(value), 0)

describe('series beyond the cardinality limit', () => {
  it('use little memory for a million values, and their total is exact', async () => {
    const [cumulative, delta] = [readerOf('cumulative'), readerOf('delta')]
    const counter = new MeterProvider({ readers: [cumulative, delta] }).getMeter('m').createCounter('c')
    counter.add(1, { route: '/real', status: 200 })
    const before = heapMegabytes()
    // If every value kept its series, a million of them would take more than 200 MB: ten times the limit.
    for (let i = 0; i < 1_000_000; i += 1) counter.add(1, { route: `/new/${i}`, status: 404 })
    expect(heapMegabytes() - before).toBeLessThan(20)
    for (const reader of [cumulative, delta]) {
      const points = await reader.points('c')
      expect(points).toHaveLength(2_001)
      expect(total(points)).toBe(1_000_001)
    }
  })

  it('of one delta interval leave the next interval its full limit', async () => {
    const reader = readerOf('delta')
    const counter = new MeterProvider({ readers: [reader], cardinalityLimit: 2 })
      .getMeter('m')
      .createCounter('c')
    for (let i = 0; i < 100; i += 1) counter.add(1, { i })
    expect(total(await reader.points('c'))).toBe(100)
    counter.add(5, { real: true })
    expect((await reader.points('c')).map(({ attributes }) => attributes)).toEqual([{ real: true }])
  })

  it('lose no measurement, for any attributes, limit and order of collections', async () => {
    const attributes = fc.dictionary(fc.string({ maxLength: 2 }), fc.anything(), { maxKeys: 3 })
    const step = fc.oneof(
      { weight: 8, arbitrary: attributes },
      { weight: 1, arbitrary: fc.constant('collect' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.integer({ min: 1, max: 5 }), async (steps, cardinalityLimit) => {
        const [cumulative, delta] = [readerOf('cumulative'), readerOf('delta')]
        const provider = new MeterProvider({ readers: [cumulative, delta], cardinalityLimit })
        const counter = provider.getMeter('m').createCounter('c')
        let [added, reported] = [0, 0]
        for (const current of [...steps, 'collect' as const]) {
          if (current === 'collect') {
            const points = await delta.points('c')
            expect(points.length).toBeLessThanOrEqual(cardinalityLimit + 1)
            reported += total(points)
            expect(total(await cumulative.points('c'))).toBe(added)
          } else {
            counter.add(1, current)
            added += 1
          }
        }
        expect(reported).toBe(added)
      }),
    )
  })
})

describe('memory', () => {
  it('does not retain the context of a measurement', async () => {
    const meter = new MeterProvider({ readers: [readerOf('cumulative')] }).getMeter('m')
    const contexts = [meter.createCounter('c').bind(), meter.createUpDownCounter('u').bind()].map((bound) => {
      const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED }
      const measured = trace.setSpanContext(ROOT_CONTEXT, span)
      bound.add(1, measured)
      return new WeakRef(measured)
    })
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect(contexts.map((context) => context.deref())).toEqual([undefined, undefined])
  })

  it('of idle bound handles does not grow with the intervals of a delta reader', async () => {
    const reader = readerOf('delta')
    const counter = new MeterProvider({ readers: [reader] }).getMeter('m').createCounter('c')
    const idle = []
    const before = heapMegabytes()
    for (let interval = 0; interval < 60; interval += 1) {
      for (let k = 0; k < 1_900; k += 1) counter.add(1, { interval, k })
      const bound = counter.bind({ interval })
      bound.add(1)
      idle.push(bound)
      await reader.collect()
    }
    expect(heapMegabytes() - before).toBeLessThan(6)
    expect(idle).toHaveLength(60)
  })
})

import { describe, expect, it } from 'vitest'
import { MeterProvider } from '../provider/meter-provider.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { AttributeBounds } from './attribute-bounds.ts'
import type { ViewOptions } from './view-options.ts'

function open(view: Omit<ViewOptions, 'instrumentName'>) {
  const [cumulative, delta] = [readerOf('cumulative'), readerOf('delta')]
  const provider = new MeterProvider({
    readers: [cumulative, delta],
    views: [{ instrumentName: '*', ...view }],
  })
  return { provider, reader: cumulative, meter: provider.getMeter('m') }
}

const shown = async ({ reader }: ReturnType<typeof open>, name: string) =>
  (await reader.points(name)).map(({ attributes, value }) => [attributes, value])

describe('attribute bounds', () => {
  it('allow a list, the first n values or the results of a function, and count replaced values', async () => {
    const opened = open({
      attributeBounds: {
        method: ['GET', 'POST'],
        model: 2,
        status: (status) => (typeof status === 'number' ? `${Math.trunc(status / 100)}xx` : undefined),
      },
    })
    const counter = opened.meter.createCounter('c')
    counter.add(1, { method: 'GET', model: 'a', status: 204 })
    counter.add(1, { method: 'BREW', model: 'b', status: 500 })
    counter.add(1, { method: 'GET', model: 'c', status: 'x', free: 'invalid' })
    counter.add(1, { method: undefined, model: ['a'] })
    expect(await shown(opened, 'c')).toEqual([
      [{ method: 'GET', model: 'a', status: '2xx' }, 1],
      [{ method: 'other', model: 'b', status: '5xx' }, 1],
      [{ method: 'GET', model: 'other', status: 'other', free: 'invalid' }, 1],
      [{ model: 'other' }, 1],
    ])
    expect(opened.provider.attributeOverflows()).toEqual([
      { instrumentName: '*', attribute: 'method', count: 1 },
      { instrumentName: '*', attribute: 'model', count: 2 },
      { instrumentName: '*', attribute: 'status', count: 1 },
    ])
  })

  it('are shared by all instruments of the view', async () => {
    const opened = open({ attributeBounds: { model: 1 } })
    opened.meter.createCounter('a').add(1, { model: 'first' })
    opened.meter.createHistogram('b').record(1, { model: 'second' })
    expect((await shown(opened, 'b'))[0]?.[0]).toEqual({ model: 'other' })
  })

  it('apply to bound instruments, and do not modify the attributes', async () => {
    const opened = open({ attributeBounds: { model: ['a'] } })
    const attributes = { model: 'invalid' }
    const [replaced, allowed] = ['invalid', 'a'].map((model) =>
      opened.meter.createCounter('c').bind({ ...attributes, model }),
    )
    for (let i = 0; i < 3; i += 1) {
      replaced?.add(1)
      allowed?.add(1)
    }
    expect(attributes).toEqual({ model: 'invalid' })
    expect(await shown(opened, 'c')).toEqual([
      [{ model: 'other' }, 3],
      [{ model: 'a' }, 3],
    ])
    expect(opened.provider.attributeOverflows()).toEqual([
      { instrumentName: '*', attribute: 'model', count: 3 },
    ])
  })

  it('add up observations whose attributes become equal', async () => {
    const opened = open({ attributeBounds: { model: ['a'] } })
    opened.meter.createObservableCounter('c').addCallback((result) => {
      for (const model of ['a', 'b', 'c']) result.observe(10, { model })
    })
    expect(await shown(opened, 'c')).toEqual([
      [{ model: 'a' }, 10],
      [{ model: 'other' }, 20],
    ])
  })

  it('keep an allowed value that follows many values that are not allowed', async () => {
    const opened = open({ attributeBounds: { route: ['/real'] } })
    const counter = opened.meter.createCounter('c')
    for (let i = 0; i < 5_000; i += 1) counter.add(1, { route: `/invalid/${i}` })
    counter.add(1, { route: '/real' })
    expect(await shown(opened, 'c')).toEqual([
      [{ route: 'other' }, 5_000],
      [{ route: '/real' }, 1],
    ])
  })

  it('replace a value if the function throws', () => {
    const bounds = new AttributeBounds({
      k: () => {
        throw new Error('broken')
      },
    })
    expect(bounds.apply({ k: 1 })).toEqual({ k: 'other' })
  })

  it('apply after the attribute processors', async () => {
    const process = () => ({ model: 'b' })
    const opened = open({ attributesProcessors: [{ process }], attributeBounds: { model: ['a'] } })
    opened.meter.createCounter('c').add(1, { model: 'a' })
    opened.meter.createCounter('c').bind({ model: 'a' }).add(1)
    expect(await shown(opened, 'c')).toEqual([[{ model: 'other' }, 2]])
  })
})

import { diag, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { MeterProvider } from './meter-provider.ts'

const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED }
const sampled = trace.setSpanContext(ROOT_CONTEXT, span)

const throwing = (): never => {
  throw new Error('of the application')
}

afterEach(() => {
  diag.disable()
})

/** What is logged from now on, by level. */
function logged() {
  const log = { verbose: vi.fn(), debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  diag.setLogger(log)
  return log
}

describe('what the application brings may be broken:', () => {
  it('a context that is none costs no reader its measurement', async () => {
    const log = logged()
    const [first, second] = [delta(), delta()]
    const counter = open([first, second]).createCounter('x')
    for (let i = 0; i < 3; i += 1) counter.add(1, { a: 1 }, {} as never)
    expect(await pointsOf(first)).toEqual([[{ a: 1 }, 3]])
    expect(await pointsOf(second)).toEqual([[{ a: 1 }, 3]])
    expect(log.error).toHaveBeenCalledTimes(2)
  })

  it('a reservoir that throws costs the other views nothing', async () => {
    const reader = cumulative()
    const exemplarReservoir = () => ({ offer: throwing, collect: throwing })
    const views = [
      { instrumentName: 'x', name: 'broken', exemplarReservoir },
      { instrumentName: 'x', name: 'sound' },
    ]
    open([reader], views).createCounter('x').add(2, {}, sampled)
    expect(await pointsOf(reader, 'broken')).toEqual([[{}, 2]])
    expect(await pointsOf(reader, 'sound')).toEqual([[{}, 2]])
  })

  it.each([
    ['null', null],
    ['a string', 'exemplars'],
    ['no exemplars', [undefined]],
  ])('a reservoir that returns %s spoils no collection', async (_, returned) => {
    const reader = cumulative()
    const exemplarReservoir = () => ({ offer: () => {}, collect: () => returned as never })
    const provider = new MeterProvider({
      readers: [reader],
      views: [{ instrumentName: 'x', exemplarReservoir }],
      exemplarAttributes: [],
    })
    provider.getMeter('m').createCounter('x').add(2, {}, sampled)
    expect(await pointsOf(reader)).toEqual([[{}, 2]])
  })

  it('exemplars hold what are attribute values, nothing else', async () => {
    const reader = cumulative()
    const views = [{ instrumentName: 'x', attributesProcessors: [{ process: () => ({}) }] }]
    const attributes = Object.freeze({ id: 10n, run: () => {}, at: new Date(), ok: 'yes' })
    open([reader], views)
      .createCounter('x')
      .add(1, attributes as never, sampled)
    const [point] = await reader.points('x')
    expect(point?.exemplars?.map(({ filteredAttributes }) => filteredAttributes)).toEqual([{ ok: 'yes' }])
  })

  it('a batch callback without a list of instruments is reported', () => {
    const log = logged()
    const meter = open([cumulative()])
    meter.addBatchObservableCallback(() => {}, undefined as never)
    meter.removeBatchObservableCallback(() => {}, null as never)
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('observed attributes that are no object are none', async () => {
    const reader = cumulative()
    open([reader])
      .createObservableGauge('x')
      .addCallback((result) => result.observe(1, 'ab' as never))
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it('options of an instrument that throw when they are read count as not given', async () => {
    const reader = cumulative()
    const options = {
      description: 'd',
      get unit() {
        return throwing()
      },
    }
    open([reader]).createCounter('x', options).add(1)
    const [metric] = await reader.metrics()
    expect(metric?.descriptor).toMatchObject({ name: 'x', description: 'd', unit: '' })
  })

  it('a reader whose selector throws goes without the metric; the others have it', async () => {
    const log = logged()
    const broken = readerOf(1, { aggregationSelector: throwing })
    const undecided = readerOf(1, { aggregationSelector: () => undefined as never })
    const sound = cumulative()
    open([broken, undecided, sound]).createCounter('x').add(1)
    expect(await pointsOf(broken)).toEqual([])
    expect(await pointsOf(undecided)).toEqual([[{}, 1]])
    expect(await pointsOf(sound)).toEqual([[{}, 1]])
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('boundaries of a view that are no array are a mistake of its author', () => {
    const aggregation = { type: 4 as const, options: { boundaries: 5 as never } }
    expect(() => open([], [{ instrumentName: 'x', aggregation }])).toThrow('no array')
  })
})

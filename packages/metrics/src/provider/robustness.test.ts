import { diag } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AGGREGATION } from '../sdk-values.ts'
import { readerOf } from '../testing/collecting-reader.ts'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { SAMPLED } from '../testing/span-contexts.ts'
import { MeterProvider } from './meter-provider.ts'

const throwing = (): never => {
  throw new Error('application error')
}

afterEach(() => {
  diag.disable()
})

/** Captures the log of the API's diag. */
function captureLog() {
  const log = { verbose: vi.fn(), debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  diag.setLogger(log)
  return log
}

describe('errors of the application', () => {
  it('counts a measurement with an invalid context, for every reader', async () => {
    const log = captureLog()
    const [first, second] = [delta(), delta()]
    const counter = open([first, second]).createCounter('x')
    for (let i = 0; i < 3; i += 1) counter.add(1, { a: 1 }, {} as never)
    expect(await pointsOf(first)).toEqual([[{ a: 1 }, 3]])
    expect(await pointsOf(second)).toEqual([[{ a: 1 }, 3]])
    expect(log.error).toHaveBeenCalledTimes(2)
  })

  it('counts a measurement in all views if a reservoir throws', async () => {
    const reader = cumulative()
    const exemplarReservoir = () => ({ offer: throwing, collect: throwing })
    const views = [
      { instrumentName: 'x', name: 'broken', exemplarReservoir },
      { instrumentName: 'x', name: 'sound' },
    ]
    open([reader], views).createCounter('x').add(2, {}, SAMPLED)
    expect(await pointsOf(reader, 'broken')).toEqual([[{}, 2]])
    expect(await pointsOf(reader, 'sound')).toEqual([[{}, 2]])
  })

  it.each([
    ['null', null],
    ['a string', 'exemplars'],
    ['an array of undefined', [undefined]],
  ])('collects a series whose reservoir returns %s', async (_, returned) => {
    const reader = cumulative()
    const exemplarReservoir = () => ({ offer: () => {}, collect: () => returned as never })
    const provider = new MeterProvider({
      readers: [reader],
      views: [{ instrumentName: 'x', exemplarReservoir }],
      exemplarAttributes: [],
    })
    provider.getMeter('m').createCounter('x').add(2, {}, SAMPLED)
    expect(await pointsOf(reader)).toEqual([[{}, 2]])
  })

  it('drops invalid attribute values from exemplars', async () => {
    const reader = cumulative()
    const views = [{ instrumentName: 'x', attributesProcessors: [{ process: () => ({}) }] }]
    const attributes = Object.freeze({ id: 10n, run: () => {}, at: new Date(), ok: 'yes' })
    open([reader], views)
      .createCounter('x')
      .add(1, attributes as never, SAMPLED)
    const [point] = await reader.points('x')
    expect(point?.exemplars?.map(({ filteredAttributes }) => filteredAttributes)).toEqual([{ ok: 'yes' }])
  })

  it('logs an error for a batch callback without a list of instruments', () => {
    const log = captureLog()
    const meter = open([cumulative()])
    meter.addBatchObservableCallback(() => {}, undefined as never)
    meter.removeBatchObservableCallback(() => {}, null as never)
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('treats observed attributes that are not an object as empty', async () => {
    const reader = cumulative()
    open([reader])
      .createObservableGauge('x')
      .addCallback((result) => result.observe(1, 'ab' as never))
    expect(await pointsOf(reader)).toEqual([[{}, 1]])
  })

  it('ignores instrument options whose getter throws', async () => {
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

  it('omits a metric only for the reader whose selector throws', async () => {
    const log = captureLog()
    const broken = readerOf('cumulative', { aggregationSelector: throwing })
    const undecided = readerOf('cumulative', { aggregationSelector: () => undefined as never })
    const sound = cumulative()
    open([broken, undecided, sound]).createCounter('x').add(1)
    expect(await pointsOf(broken)).toEqual([])
    expect(await pointsOf(undecided)).toEqual([[{}, 1]])
    expect(await pointsOf(sound)).toEqual([[{}, 1]])
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('throws for histogram boundaries of a view that are not an array', () => {
    const aggregation = {
      type: AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: 5 as never },
    }
    expect(() => open([], [{ instrumentName: 'x', aggregation }])).toThrow('not an array')
  })
})

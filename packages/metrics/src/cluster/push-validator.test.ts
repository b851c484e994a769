import { describe, expect, it } from 'vitest'
import { counterOf, gaugeOf, histogramOf, metricOf } from '../testing/push-builder.ts'
import { decode, InvalidMessage, type RefusalReason } from './codec.ts'
import { MAX_MESSAGE_BYTES, type MetricIdentity, type Push } from './messages.ts'
import { PushValidator } from './push-validator.ts'

const METRICS: readonly MetricIdentity[] = [
  counterOf('counter'),
  gaugeOf('gauge', 'max'),
  histogramOf('histogram', [1, 2]),
  metricOf('exponential', { kind: 'exponential_histogram', instrument: 'HISTOGRAM' }),
]

/** Defines the metrics 0 to 3, and a series of each with the same id. */
const DEFINITIONS: Push = {
  type: 'push',
  sequence: 1,
  metrics: METRICS.map((metric, id) => [id, metric]),
  series: METRICS.map((_, id) => [id, id, { path: '/' }, 1]),
}

const EXPONENTIAL = {
  series: 3,
  count: 3,
  sum: 6,
  min: 1,
  max: 3,
  scale: 2,
  zeroCount: 1,
  positive: [0, [1, 1]],
  negative: [0, []],
}

/** Returns why a message is refused after {@link DEFINITIONS}; `undefined` if it is accepted. */
function reasonOf(part: object): RefusalReason | undefined {
  const validator = new PushValidator()
  validator.validate(DEFINITIONS)
  try {
    validator.validate({ type: 'push', sequence: 2, ...part })
    return undefined
  } catch (error) {
    if (error instanceof InvalidMessage) return error.reason
    throw error
  }
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

describe('PushValidator', () => {
  it.each<[string, object]>([
    ['an empty push', {}],
    ['numbers', { numbers: [0, 1, 1, 'NaN'] }],
    ['an infinite sum', { numbers: [0, 'Infinity'] }],
    ['a histogram', { histograms: [2, 3, 1, 2, 2, 0, 1, 2, 1] }],
    ['a histogram without a recorded sum', { histograms: [2, 'NaN', 'NaN', 'NaN', 1, 1, 5] }],
    ['an exponential histogram', { exponential: [EXPONENTIAL] }],
    ['an exemplar without a span', { exemplars: [[0, 1, 1, '', '', {}]] }],
    ['the same metric again', { metrics: [[0, METRICS[0]]] }],
    ['the same series again', { series: [[0, 0, { path: '/' }, 2]] }],
    ['attributes with the name of a prototype', { series: [[9, 0, JSON.parse('{"__proto__":1}'), 1]] }],
    ['the removal of an unknown series', { removed: [77] }],
  ])('accepts %s', (_, part) => {
    expect(reasonOf(part)).toBe(undefined)
  })

  it.each<[string, RefusalReason, object]>([
    ['a sequence that is not a number', 'value', { sequence: 'x' }],
    ['a metric that is not an object', 'value', { metrics: [[9, null]] }],
    ['another identity for a metric', 'value', { metrics: [[0, { ...METRICS[0], unit: 's' }]] }],
    ['an unknown kind', 'value', { metrics: [[9, { ...METRICS[0], kind: 'constructor' }]] }],
    ['a monotonic gauge', 'value', { metrics: [[9, { ...METRICS[1], isMonotonic: true }]] }],
    ['boundaries that fall', 'value', { metrics: [[9, { ...METRICS[2], boundaries: [2, 1] }]] }],
    ['a metric id above the limit', 'limit', { metrics: [[1e9, METRICS[0]]] }],
    ['a negative metric id', 'value', { metrics: [[-1, METRICS[0]]] }],
    ['a series of an unknown metric', 'unknown_id', { series: [[9, 99, {}, 1]] }],
    ['a series id above the limit', 'limit', { series: [[1e9, 0, {}, 1]] }],
    ['attributes that are an array', 'value', { series: [[9, 0, [], 1]] }],
    ['deeply nested attributes', 'limit', { series: [[9, 0, { a: nested(1_000) }, 1]] }],
    [
      'too many attributes',
      'limit',
      { series: [[9, 0, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, i])), 1]] },
    ],
    ['a value of an unknown series', 'unknown_id', { numbers: [99, 1] }],
    ['a value whose id is text', 'unknown_id', { numbers: ['__proto__', 1] }],
    ['an id without a value', 'value', { numbers: [0] }],
    ['a value that is text', 'value', { numbers: [0, '1'] }],
    ['NaN for a sum', 'value', { numbers: [0, 'NaN'] }],
    ['a negative value of a monotonic sum', 'value', { numbers: [0, -1] }],
    ['a number for a histogram', 'value', { numbers: [2, 1] }],
    ['a histogram for a counter', 'value', { histograms: [0, 1, 1, 1, 0] }],
    ['a bucket without a bound', 'value', { histograms: [2, 1, 1, 1, 1, 3, 1] }],
    ['a bucket twice', 'value', { histograms: [2, 1, 1, 1, 2, 1, 1, 1, 1] }],
    ['a negative count', 'value', { histograms: [2, 1, 1, 1, 1, 0, -1] }],
    ['missing buckets', 'value', { histograms: [2, 1, 1, 1, 1e9, 0, 1] }],
    ['a negative sum of a histogram', 'value', { histograms: [2, -1, 1, 1, 1, 0, 1] }],
    ['a count that its buckets do not have', 'value', { exponential: [{ ...EXPONENTIAL, count: 9 }] }],
    ['a scale above 20', 'value', { exponential: [{ ...EXPONENTIAL, scale: 21 }] }],
    ['an offset without a bound', 'value', { exponential: [{ ...EXPONENTIAL, positive: [1e15, [2]] }] }],
    ['an exemplar of an unknown series', 'unknown_id', { exemplars: [[99, 1, 1, '', '', {}]] }],
    ['an exemplar with an invalid trace id', 'value', { exemplars: [[0, 1, 1, 'x', '', {}]] }],
  ])('refuses %s: %s', (_, reason, part) => {
    expect(reasonOf(part)).toBe(reason)
  })

  it('applies no part of a refused push', () => {
    const validator = new PushValidator()
    expect(() => validator.validate({ ...DEFINITIONS, numbers: [0, 'NaN'] })).toThrow(InvalidMessage)
    expect(() => validator.validate({ type: 'push', sequence: 2, numbers: [1, 1] })).toThrow('not defined')
  })

  it('frees the id of a removed series', () => {
    const validator = new PushValidator()
    validator.validate(DEFINITIONS)
    validator.validate({ type: 'push', sequence: 2, removed: [0] })
    expect(() => validator.validate({ type: 'push', sequence: 3, numbers: [0, 1] })).toThrow('not defined')
    validator.validate({ type: 'push', sequence: 4, series: [[0, 1, {}, 1]], numbers: [0, 1] })
  })

  it('limits the size of all attributes of a connection, and frees that of removed series', () => {
    const validator = new PushValidator()
    validator.validate(DEFINITIONS)
    const text = 'x'.repeat(MAX_MESSAGE_BYTES)
    const define = (id: number): Push =>
      validator.validate({ type: 'push', sequence: id, series: [[id, 0, { text }, 1]] })
    const refusedAt = (): number => {
      for (let id = 10; ; id += 1) {
        try {
          define(id)
        } catch {
          return id
        }
      }
    }
    const count = refusedAt()
    expect(count * text.length).toBeLessThan(65 * 1024 * 1024)
    validator.validate({ type: 'push', sequence: 2, removed: [11] })
    expect(define(11).series).toHaveLength(1)
    expect(() => define(count)).toThrow('attributes')
  })
})

describe('decode', () => {
  it.each<[RefusalReason, unknown]>([
    ['syntax', undefined],
    ['syntax', new Map()],
    ['syntax', Symbol('x')],
    ['syntax', '{'],
    ['type', '[]'],
    ['type', 'null'],
    ['type', '{"type":1}'],
    ['size', JSON.stringify({ type: 'x', x: 'x'.repeat(2 * MAX_MESSAGE_BYTES) })],
  ])('refuses with the reason %s', (reason, received) => {
    const error = (() => {
      try {
        return decode(received)
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toMatchObject({ name: 'InvalidMessage', reason })
  })
})

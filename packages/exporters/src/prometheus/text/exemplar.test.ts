import type { Exemplar } from '@vr/otel-metrics'
import { describe, expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming } from '../naming/naming.ts'
import { bucketExemplars, exemplarText, latestExemplar, timestampText } from './exemplar.ts'

const naming = createNaming(NAMING, 'underscores')
const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

function exemplar(value: number, others: Partial<Exemplar> = {}): Exemplar {
  return {
    filteredAttributes: {},
    value,
    timestamp: [1_700_000_000, 123_456_789],
    traceId,
    spanId,
    ...others,
  }
}

describe('the text of an exemplar', () => {
  it('has ids, value and timestamp', () => {
    expect(exemplarText(exemplar(0.25), naming)).toBe(
      ` # {trace_id="${traceId}",span_id="${spanId}"} 0.25 1700000000.123`,
    )
  })

  it('may have no labels', () => {
    const { traceId: _t, spanId: _s, ...without } = exemplar(1)
    expect(exemplarText(without, naming)).toBe(' # {} 1 1700000000.123')
  })

  it('has whole filtered attributes up to 128 code points, in the order of their names', () => {
    const filteredAttributes = { c: 'x'.repeat(20), a: '😱'.repeat(40), b: 'y'.repeat(30), 'z.z': '1' }
    const text = exemplarText(exemplar(1, { filteredAttributes }), naming)
    expect(text).toBe(
      ` # {trace_id="${traceId}",span_id="${spanId}",a="${'😱'.repeat(40)}",c="${'x'.repeat(20)}"} 1 1700000000.123`,
    )
  })

  it('has no filtered attribute with a quote or a NUL in its value', () => {
    const filteredAttributes = { a: 'say "x"', b: ['list'], c: 'plain', d: '\0' }
    expect(exemplarText(exemplar(1, { filteredAttributes }), naming)).toBe(
      ` # {trace_id="${traceId}",span_id="${spanId}",c="plain"} 1 1700000000.123`,
    )
  })

  it('keeps the ids when an attribute has their name', () => {
    const text = exemplarText(exemplar(1, { filteredAttributes: { trace_id: 'mine' } }), naming)
    expect(text).toBe(
      ` # {trace_id="${traceId}",span_id="${spanId}",exported_trace_id="mine"} 1 1700000000.123`,
    )
  })

  it('is empty if an id is too long or the timestamp is invalid', () => {
    expect(exemplarText(exemplar(1, { traceId: 'a'.repeat(100) }), naming)).toBe('')
    expect(exemplarText(exemplar(1, { timestamp: [Number.NaN, 0] }), naming)).toBe('')
    expect(exemplarText(exemplar(1, { timestamp: [-1, 0] }), naming)).toBe('')
    expect(exemplarText(exemplar(1, { timestamp: [1, 1e9] }), naming)).toBe('')
  })
})

describe('timestamps', () => {
  it('are seconds with milliseconds', () => {
    expect(timestampText([1_700_000_000, 5_000_000])).toBe('1700000000.005')
    expect(timestampText([0, 999_999_999])).toBe('0.999')
  })
})

describe('the exemplar of a sample', () => {
  const old = exemplar(1, { timestamp: [10, 0] })
  const recent = exemplar(2, { timestamp: [10, 5] })

  it('is the newest one', () => {
    expect(latestExemplar([old, recent])).toBe(recent)
    expect(latestExemplar([recent, old])).toBe(recent)
    expect(latestExemplar([])).toBeUndefined()
    expect(latestExemplar(undefined)).toBeUndefined()
  })

  it('is in the bucket of its value, with inclusive upper bounds', () => {
    const [a, b, c, none] = [exemplar(1), exemplar(1.5), exemplar(7), exemplar(Number.NaN)]
    expect(bucketExemplars([a, b, c, none], [1, 5])).toEqual([a, b, c])
    expect(bucketExemplars([old, exemplar(1, { timestamp: [9, 0] })], [1, 5])).toEqual([
      old,
      undefined,
      undefined,
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { familyName, type InstrumentKind, prometheusMetricName } from './metric-name.ts'

/** Name, classic name and unit of a family in the default strategy. */
function names(name: string, unit: string, kind: InstrumentKind): unknown {
  const family = familyName({ name, unit, kind }, NAMING, 'underscores')
  return family && [family.name, family.classicName, family.unit]
}

describe('the name of a metric', () => {
  it.each([
    [
      'vllm_responses.http.request.duration',
      's',
      'histogram',
      'vllm_responses_http_request_duration_seconds',
    ],
    ['vllm_responses.http.in_flight', '{request}', 'up_down_counter', 'vllm_responses_http_in_flight'],
    ['sse.bytes', 'By', 'gauge', 'sse_bytes'],
    ['vllm:kv_cache', '', 'gauge', 'vllm:kv_cache'],
    ['a..b--c', '', 'gauge', 'a_b_c'],
    ['1st', '', 'gauge', '_1st'],
    ['hit', '1', 'gauge', 'hit_ratio'],
    ['hit', '1', 'up_down_counter', 'hit'],
    ['hit', '1', 'histogram', 'hit'],
    ['speed', 'By/s', 'gauge', 'speed_bytes_per_second'],
    ['seconds', 's', 'gauge', 'seconds'],
    ['end.', 's', 'gauge', 'end_seconds'],
    ['odd', 'widget', 'gauge', 'odd_widget'],
    ['of.total', '', 'gauge', 'of_total'],
    ['http.requests', '{request}', 'counter', 'http_requests_total'],
    ['requests_total', '', 'counter', 'requests_total'],
    ['sse.bytes', 'By', 'counter', 'sse_bytes_total'],
    ['cpu.time_total', 's', 'counter', 'cpu_time_seconds_total'],
    ['ratio', '1', 'counter', 'ratio_total'],
  ] as const)('of %s in "%s" as a %s is %s', (name, unit, kind, expected) => {
    expect(prometheusMetricName({ name, unit, kind })).toBe(expected)
  })

  it('has the prefix and follows the strategy of the reader', () => {
    const duration = { name: 'request.duration', unit: 's', kind: 'histogram' } as const
    expect(prometheusMetricName(duration, { prefix: 'app' })).toBe('app_request_duration_seconds')
    const translationStrategy = 'UnderscoreEscapingWithoutSuffixes'
    expect(prometheusMetricName(duration, { translationStrategy })).toBe('request_duration')
  })

  it('is undefined if no character of the instrument name is allowed', () => {
    expect(prometheusMetricName({ name: '', unit: '', kind: 'gauge' })).toBeUndefined()
    expect(prometheusMetricName({ name: 'é-é', unit: 's', kind: 'gauge' })).toBeUndefined()
  })
})

describe('the name of a counter', () => {
  it.each([
    ['x', 'total', 'x_total'],
    ['x_total', 'total', 'x_total'],
    ['x.total', 'total', 'x_total'],
    ['x', 'grand.total', 'x_grand_total'],
    ['x', 'total/s', 'x_total_per_second_total'],
  ])('of %s in %s ends with one _total: %s', (name, unit, classicName) => {
    expect(names(name, unit, 'counter')).toEqual([
      classicName.replace(/_total$/, ''),
      classicName,
      expect.any(String),
    ])
    const utf8 = { ...NAMING, translationStrategy: 'NoUTF8EscapingWithSuffixes' } as const
    expect(familyName({ name, unit, kind: 'counter' }, utf8, 'underscores')?.classicName).toBe(classicName)
  })

  it('never ends with _total twice, whatever the name and the unit', () => {
    const word = fc.constantFrom('total', 'x', 's', '_', '.', '/', '{total}', '1')
    const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(''))
    fc.assert(
      fc.property(text, text, (name, unit) => {
        const [, classicName = ''] = (names(`n${name}`, unit, 'counter') ?? []) as string[]
        const isInName = /_total_total$/.test(`n${name}`.replace(/[^a-z]/g, '_').replace(/_{2,}/g, '_'))
        return isInName || !classicName.endsWith('_total_total')
      }),
    )
  })

  it('contains the unit without the word total', () => {
    expect(names('a', 'b_total_total', 'counter')).toEqual(['a_b', 'a_b_total', 'b'])
    expect(names('a', 'subtotal', 'counter')).toEqual(['a_subtotal', 'a_subtotal_total', 'subtotal'])
    expect(names('a', 'total', 'counter')).toEqual(['a', 'a_total', ''])
  })

  it('ends with _total in the scheme dots', () => {
    expect(familyName({ name: 'a.b', unit: 's', kind: 'counter' }, NAMING, 'dots')).toEqual({
      name: 'a__b__seconds_',
      classicName: 'a__b__seconds__total',
      unit: '',
    })
  })
})

describe('the unit of a family', () => {
  it.each([
    ['request.duration', 's', 'histogram', 'seconds'],
    ['hit', '1', 'gauge', 'ratio'],
    ['speed', 'By/s', 'gauge', 'bytes_per_second'],
    ['sse.bytes', 'By', 'counter', 'bytes'],
    ['seconds', 's', 'gauge', ''],
    ['requests', '{request}', 'counter', ''],
    ['hit', '1', 'histogram', ''],
  ] as const)('of %s in "%s" as a %s is "%s": the word that ends the name', (name, unit, kind, word) => {
    expect(familyName({ name, unit, kind }, NAMING, 'underscores')?.unit).toBe(word)
  })

  it('is given in the scheme dots only if it ends the name', () => {
    expect(familyName({ name: 'a.b', unit: 's', kind: 'gauge' }, NAMING, 'dots')).toEqual({
      name: 'a__b__seconds',
      classicName: 'a__b__seconds',
      unit: 'seconds',
    })
  })
})

it.each(['underscores', 'allow-utf-8'] as const)(
  'names of a million characters take linear time with %s (quadratic: ten minutes)',
  { timeout: 120_000 },
  (scheme) => {
    const settings = { ...NAMING, translationStrategy: 'NoUTF8EscapingWithSuffixes' } as const
    for (const part of ['_', '_total', '{', 'a', '.']) {
      const long = `a${part.repeat(1_000_000 / part.length)}b`
      for (const kind of ['gauge', 'counter'] as const) {
        expect(familyName({ name: long, unit: 's', kind }, settings, scheme)?.name).toMatch(/_seconds$/)
        expect(familyName({ name: 'a', unit: long, kind }, settings, scheme)?.name).toMatch(/^a_/)
      }
    }
  },
)

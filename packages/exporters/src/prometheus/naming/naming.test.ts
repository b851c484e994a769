import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming, type FamilyType } from './naming.ts'
import { unitWords } from './units.ts'

function names(name: string, unit: string, type: FamilyType, prefix = ''): unknown {
  const family = createNaming({ ...NAMING, prefix }, 'underscores').family({
    name,
    unit,
    type,
    ratio: type === 'gauge',
  })
  return family && [family.name, family.classicName, family.unit]
}

describe('names of families', () => {
  it.each([
    [
      'vllm_responses.http.request.duration',
      's',
      'histogram',
      'vllm_responses_http_request_duration_seconds',
      'seconds',
    ],
    [
      'vllm_responses.http.in_flight_requests',
      '{request}',
      'gauge',
      'vllm_responses_http_in_flight_requests',
      '',
    ],
    ['sse.bytes', 'By', 'gauge', 'sse_bytes', 'bytes'],
    ['vllm:kv_cache', '', 'gauge', 'vllm:kv_cache', ''],
    ['a..b--c', '', 'gauge', 'a_b_c', ''],
    ['1st', '', 'gauge', '_1st', ''],
    ['hit', '1', 'gauge', 'hit_ratio', 'ratio'],
    ['hit', '1', 'histogram', 'hit', ''],
    ['speed', 'By/s', 'gauge', 'speed_bytes_per_second', 'bytes_per_second'],
    ['seconds', 's', 'gauge', 'seconds', ''],
    ['end.', 's', 'gauge', 'end_seconds', 'seconds'],
    ['odd', 'widget', 'gauge', 'odd_widget', 'widget'],
    ['of.total', '', 'gauge', 'of_total', ''],
  ] as const)('%s in %s as %s is %s', (name, unit, type, expected, word) => {
    expect(names(name, unit, type)).toEqual([expected, expected, word])
  })

  it.each([
    ['vllm_responses.http.requests', '{request}', 'vllm_responses_http_requests', ''],
    ['requests_total', '', 'requests', ''],
    ['sse.bytes', 'By', 'sse_bytes', 'bytes'],
    ['cpu.time_total', 's', 'cpu_time_seconds', 'seconds'],
    ['ratio', '1', 'ratio', ''],
  ])('a counter %s in %s is %s with _total', (name, unit, expected, word) => {
    expect(names(name, unit, 'counter')).toEqual([expected, `${expected}_total`, word])
  })

  it.each([
    ['x', 'total', 'x_total'],
    ['x_total', 'total', 'x_total'],
    ['x.total', 'total', 'x_total'],
    ['x', 'grand.total', 'x_grand_total'],
    ['x', 'total/s', 'x_total_per_second_total'],
  ])('a counter %s in %s ends in one _total: %s', (name, unit, classicName) => {
    expect(names(name, unit, 'counter')).toEqual([
      classicName.replace(/_total$/, ''),
      classicName,
      expect.any(String),
    ])
    const family = { name, unit, type: 'counter', ratio: false } as const
    const utf8 = createNaming({ ...NAMING, translationStrategy: 'NoUTF8EscapingWithSuffixes' }, 'underscores')
    expect(utf8.family(family)?.classicName).toBe(classicName)
  })

  it('of counters never end in _total twice, whatever the name and the unit', () => {
    const word = fc.constantFrom('total', 'x', 's', '_', '.', '/', '{total}', '1')
    const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(''))
    fc.assert(
      fc.property(text, text, (name, unit) => {
        const [, classicName = ''] = (names(`n${name}`, unit, 'counter') ?? []) as string[]
        const stays = /_total_total$/.test(`n${name}`.replace(/[^a-z]/g, '_').replace(/_{2,}/g, '_'))
        return stays || !classicName.endsWith('_total_total')
      }),
    )
  })

  it('have a unit that ends them only, so none for a counter in total', () => {
    expect(names('x', 'total', 'counter')).toEqual(['x', 'x_total', ''])
  })

  it('get the prefix', () => {
    expect(names('a', 's', 'gauge', 'app')).toEqual(['app_a_seconds', 'app_a_seconds', 'seconds'])
  })

  it('are none where nothing of the name is left', () => {
    expect(names('', '', 'gauge')).toBeUndefined()
    expect(names('é-é', 's', 'gauge')).toBeUndefined()
  })

  it('of counters end in _total when escaped with dots, and have a unit only where it ends them', () => {
    const naming = createNaming(NAMING, 'dots')
    const duration = { name: 'a.b', unit: 's', ratio: false }
    expect(naming.family({ ...duration, type: 'counter' })).toEqual({
      name: 'a__b__seconds_',
      classicName: 'a__b__seconds__total',
      unit: '',
    })
    expect(naming.family({ ...duration, type: 'gauge' })).toEqual({
      name: 'a__b__seconds',
      classicName: 'a__b__seconds',
      unit: 'seconds',
    })
  })
})

describe('names of labels', () => {
  it.each([
    ['http.route', 'http_route'],
    ['a.-.b', 'a_b'],
    ['1x', 'key_1x'],
    ['', '_'],
    ['é', '_'],
    ['with:colon', 'with_colon'],
    ['__name__', '_name_'],
    ['__proto__', '_proto_'],
  ])('%s is %s', (key, label) => {
    expect(createNaming(NAMING, 'underscores').label(key)).toBe(label)
  })

  it('never start with the two underscores of Prometheus', () => {
    expect(createNaming(NAMING, 'dots').label('__name__')).toBe('key__name__')
  })
})

describe('words of units', () => {
  it.each([
    ['', ''],
    ['1', ''],
    ['{request}', ''],
    ['s', 'seconds'],
    ['ms', 'milliseconds'],
    ['By', 'bytes'],
    ['MiBy', 'mebibytes'],
    ['%', 'percent'],
    ['By/s', 'bytes_per_second'],
    ['{packet}/s', 'per_second'],
    ['m/{turn}', 'meters'],
    ['1/s', 'per_second'],
    ['m/s^2', 'meters_per_s_2'],
    ['#?', ''],
  ])('%s: %s', (unit, words) => {
    expect(unitWords(unit)).toBe(words)
  })
})

describe('strategies of translation', () => {
  it.each([
    [
      'UnderscoreEscapingWithSuffixes',
      'http_requests_bytes',
      'http_requests_bytes_total',
      'bytes',
      'http_route',
    ],
    ['UnderscoreEscapingWithoutSuffixes', 'http_requests', 'http_requests', '', 'http_route'],
    ['NoUTF8EscapingWithSuffixes', 'http.requests_bytes', 'http.requests_bytes_total', 'bytes', 'http.route'],
    ['NoTranslation', 'http.requests', 'http.requests', '', 'http.route'],
  ] as const)('%s', (translationStrategy, name, classicName, unit, label) => {
    const naming = createNaming({ prefix: '', translationStrategy }, 'allow-utf-8')
    const family = naming.family({ name: 'http.requests', unit: 'By', type: 'counter', ratio: false })
    expect([family, naming.label('http.route')]).toEqual([{ name, classicName, unit }, label])
  })

  it('that keep names are escaped as the scraper asks', () => {
    const settings = { prefix: '', translationStrategy: 'NoUTF8EscapingWithSuffixes' } as const
    const requests = { name: 'http.requests', unit: '', type: 'counter', ratio: false } as const
    const names = (['underscores', 'dots', 'values'] as const).map((scheme) => {
      const naming = createNaming(settings, scheme)
      return [naming.family(requests)?.classicName, naming.label('http.route'), naming.label('')]
    })
    expect(names).toEqual([
      ['http_requests_total', 'http_route', '_'],
      ['http_dot_requests__total', 'http_dot_route', '_'],
      ['U__http_2e_requests__total', 'U__http_2e_route', '_'],
    ])
  })
})

it.each(['underscores', 'allow-utf-8'] as const)(
  'names of a million characters are translated in linear time (quadratic: ten minutes), by %s',
  { timeout: 120_000 },
  (scheme) => {
    const { family } = createNaming({ ...NAMING, translationStrategy: 'NoUTF8EscapingWithSuffixes' }, scheme)
    for (const part of ['_', '_total', '{', 'a', '.']) {
      const long = `a${part.repeat(1_000_000 / part.length)}b`
      for (const type of ['gauge', 'counter'] as const) {
        expect(family({ name: long, unit: 's', type, ratio: false })?.name).toMatch(/_seconds$/)
        expect(family({ name: 'a', unit: long, type, ratio: false })?.name).toMatch(/^a_/)
      }
    }
  },
)

it('a unit that ends in total leaves one such word', () => {
  expect(names('a', 'b_total_total', 'counter')).toEqual(['a_b', 'a_b_total', 'b'])
  expect(names('a', 'subtotal', 'counter')).toEqual(['a_subtotal', 'a_subtotal_total', 'subtotal'])
  expect(names('a', 'total', 'counter')).toEqual(['a', 'a_total', ''])
})

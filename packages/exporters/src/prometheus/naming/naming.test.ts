import { describe, expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming } from './naming.ts'

describe('the label name', () => {
  it.each([
    ['http.route', 'http_route'],
    ['a.-.b', 'a_b'],
    ['1x', 'key_1x'],
    ['', '_'],
    ['é', '_'],
    ['with:colon', 'with_colon'],
    ['__name__', '_name_'],
    ['__proto__', '_proto_'],
  ])('of the key "%s" is %s', (key, label) => {
    expect(createNaming(NAMING, 'underscores').label(key)).toBe(label)
  })

  it('never starts with __, which Prometheus reserves', () => {
    expect(createNaming(NAMING, 'dots').label('__name__')).toBe('key__name__')
  })
})

describe('translation strategies', () => {
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
  ] as const)('%s: family %s, sample %s', (translationStrategy, name, classicName, unit, label) => {
    const naming = createNaming({ prefix: '', translationStrategy }, 'allow-utf-8')
    const family = naming.family({ name: 'http.requests', unit: 'By', kind: 'counter' })
    expect([family, naming.label('http.route')]).toEqual([{ name, classicName, unit }, label])
  })

  it('without translation: names are escaped by the scheme that the scraper requests', () => {
    const settings = { prefix: '', translationStrategy: 'NoUTF8EscapingWithSuffixes' } as const
    const requests = { name: 'http.requests', unit: '', kind: 'counter' } as const
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

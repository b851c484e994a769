import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { API_ROUTES } from './api-routes.ts'
import { isPathTemplate, PathTemplates } from './path-templates.ts'

const templates = new PathTemplates(API_ROUTES)

describe('PathTemplates', () => {
  it.each([
    ['/v1/responses', '/v1/responses'],
    ['/v1/responses?stream=true', '/v1/responses'],
    ['http://gateway:8080/v1/responses?x=/', '/v1/responses'],
    ['/v1/responses/resp_1', '/v1/responses/{response_id}'],
    ['/v1/responses/resp_1?include[]=usage', '/v1/responses/{response_id}'],
    ['/v1/responses/resp_1/cancel', '/v1/responses/{response_id}/cancel'],
    ['/v1/responses/input_tokens', '/v1/responses/input_tokens'],
    ['/v1/responses/compact/cancel', '/v1/responses/{response_id}/cancel'],
    ['/v1/models/meta%2Fllama', '/v1/models/{model}'],
    ['/mcp', '/mcp'],
  ])('%s matches %s', (target, template) => {
    expect(templates.match(target)).toBe(template)
  })

  it.each([
    undefined,
    '',
    '*',
    '/',
    'gateway:443',
    'http://gateway',
    '/V1/responses',
    '/v1/responses/',
    '/v1//responses',
    '/v1/responses//cancel',
    '/v1/responses/resp_1/',
    '/v1/responses/resp_1/other',
    '/openai/v1/responses',
    '/v1/responses/resp_1/cancel/now',
    '/constructor',
    '/__proto__',
  ])('%s matches none', (target) => {
    expect(templates.match(target)).toBeUndefined()
  })

  it('prefers a literal segment, and tries a placeholder if the rest does not match', () => {
    const some = new PathTemplates(['/{a}/x', '/b/{c}', '/b/{d}', '/{a}/x/{e}'])
    expect(['/b/x', '/c/x', '/b/y', '/b/x/y'].map((path) => some.match(path))).toEqual([
      '/b/{c}',
      '/{a}/x',
      '/b/{c}',
      '/{a}/x/{e}',
    ])
  })

  it('matches the paths of which a template consists, and nothing that has other segments', () => {
    const names = fc.constantFrom('a', 'b', '{x}')
    const segments = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    const template = fc.array(names, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(template, { maxLength: 8 }), segments, (all, path) => {
        const found = new PathTemplates(all.map((names) => `/${names.join('/')}`)).match(`/${path.join('/')}`)
        const fits = (names: readonly string[]) =>
          names.length === path.length && names.every((name, i) => name === '{x}' || name === path[i])
        expect(found !== undefined).toBe(all.some(fits))
        if (found !== undefined) expect(fits(found.slice(1).split('/'))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('returns a template or nothing for any target', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'/v1resp?#{}%\u0000:.') }), (target) => {
        expect([undefined, ...API_ROUTES]).toContain(templates.match(target))
      }),
    )
    expect(templates.match('/v1/responses'.repeat(100_000))).toBeUndefined()
  })
})

it.each(['/', '/a', '/a/{b}', '/{a}/b/{c}', '/v1.0/a-b_c~d', ...API_ROUTES])('%s is a template', (text) => {
  expect(isPathTemplate(text)).toBe(true)
})

it.each([
  '',
  'a',
  '/a/',
  '/a//b',
  '/:a',
  '/*',
  '/a/{b',
  '/a/{b}c',
  '/{}',
  '/{a-b}',
  '/a b',
  '/a?b',
  '/a#b',
  '/[a]',
])('%j is not a template', (text) => {
  expect(isPathTemplate(text)).toBe(false)
})

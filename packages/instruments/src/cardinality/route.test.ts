import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeTemplate, OTHER_ROUTE, RouteLabels, UNMATCHED_ROUTE } from './route.ts'

describe('normalizeTemplate', () => {
  it.each([
    ['/', '/'],
    ['/v1/responses', '/v1/responses'],
    ['/v1/responses/:response_id', '/v1/responses/{response_id}'],
    ['/v1/responses/{response_id}', '/v1/responses/{response_id}'],
    ['/users/:id(\\d+)', '/users/{id}'],
    ['/users/:id(^(\\d{2})$)/edit', '/users/{id}/edit'],
    ['/users/:id?', '/users/{id}'],
    ['/flights/:from-:to', '/flights/{from}-{to}'],
    ['/at/:hour(^\\d{2})h:minute(^\\d{2})m', '/at/{hour}h{minute}m'],
    ['/files/*path', '/files/{path}'],
    ['/files/*', '/files/*'],
    ['/users{/:id}/delete', '/users/{id}/delete'],
    ['/:"two words"', '/{two words}'],
    ['/v1/models::batch', '/v1/models:batch'],
    ['/posts/[id]/edit', '/posts/{id}/edit'],
    ['/docs/[...path]', '/docs/{path}'],
    ['/docs/[[...path]]', '/docs/{path}'],
    ['/^\\/[abc]$/', '/^\\/[abc]$/'],
    ['/list[0]', '/list[0]'],
    ['/files/**:path', '/files/{path}'],
    ['/files/**', '/files/**'],
    ['/broken/:id(', '/broken/{id}'],
    ['/broken/{', '/broken/'],
  ])('%s → %s', (template, label) => {
    expect(normalizeTemplate(template)).toBe(label)
  })

  it('terminates for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'/:*{}()"?+ab\\') }),
        (t) => typeof normalizeTemplate(t) === 'string',
      ),
    )
  })
})

describe('RouteLabels', () => {
  it('returns unmatched, and no http.route, for a request without a route', () => {
    const routes = new RouteLabels()
    expect([undefined, ''].map((template) => routes.label(template, 0))).toEqual([
      UNMATCHED_ROUTE,
      UNMATCHED_ROUTE,
    ])
    expect([undefined, ''].map((template) => routes.httpRoute(template))).toEqual([undefined, undefined])
  })

  it('chooses the template of the path for a request without a route, or with one that ends with a wildcard', () => {
    const routes = new RouteLabels(['/gw/{model}'])
    const chosen = (template: string | undefined) =>
      ['/gw/gpt?stream', '/other'].map((target) => routes.choose(template, target))
    for (const time of ['first', 'second']) {
      expect(chosen(undefined), time).toEqual(['/gw/{model}', undefined])
      expect(chosen(''), time).toEqual(['/gw/{model}', undefined])
      expect(chosen('/*'), time).toEqual(['/gw/{model}', '/*'])
      expect(chosen('/gw/:id'), time).toEqual(['/gw/:id', '/gw/:id'])
      for (const template of ['/*', '/gw/:id']) routes.label(template, 0)
    }
  })

  it('knows the paths of the APIs by default', () => {
    expect(new RouteLabels().choose(undefined, '/v1/responses/resp_1')).toBe('/v1/responses/{response_id}')
  })

  it('bounds a template of thousands of brackets', () => {
    for (const char of '{[(:*')
      expect(new RouteLabels().label(`/${char.repeat(100_000)}`, 0).length).toBeLessThanOrEqual(256)
  })

  it('limits route and http.route together when paths are registered as templates, and counts the overflow', () => {
    const routes = new RouteLabels()
    const labels = new Set<string>()
    const templates = new Set<string | undefined>()
    for (let i = 0; i < 5000; i++) {
      labels.add(routes.label(`/made/:${i}`, 0))
      templates.add(routes.httpRoute(`/made/:${i}`))
    }
    expect(labels.size).toBe(1000)
    expect(templates.size).toBe(1000)
    expect([labels.has(OTHER_ROUTE), templates.has(OTHER_ROUTE)]).toEqual([true, true])
    expect(routes.overflowCount).toBe(4001)
    expect(routes.label('/made/:0', 0)).toBe('/made/{0}')
    expect(routes.httpRoute('/made/:0')).toBe('/made/:0')
  })
})

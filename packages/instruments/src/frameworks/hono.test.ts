import { expect, it } from 'vitest'
import { applyPatch, requestWithRoutes } from '../testing/reported-routes.ts'
import { hono } from './hono.ts'

class AnyRouter {
  readonly added: unknown[][] = []
  add(...args: unknown[]): void {
    this.added.push(args)
  }
}

/** Passes an argument to `add` of a patched router, and returns what the original `add` receives. */
function passedOn(given: unknown): unknown {
  const undo = applyPatch(hono.patches, /smart/, { AnyRouter })
  const router = new AnyRouter()
  router.add('GET', '/', given)
  undo()
  return router.added[0]?.[2]
}

it('keeps name, length, result and further elements of a handler', () => {
  const { request, routes } = requestWithRoutes()
  const route = { method: 'GET', path: '/a/:id{[0-9]+}' }
  const handler = function named(_context: unknown, _next: unknown): string {
    return 'answer'
  }
  const [wrapper, kept] = passedOn([handler, route]) as [typeof handler, unknown]
  expect([wrapper.name, wrapper.length, kept]).toEqual(['named', 2, route])
  expect(wrapper({ env: { incoming: request } }, undefined)).toBe('answer')
  expect(wrapper(undefined, undefined)).toBe('answer')
  expect(routes).toEqual(['/a/:id'])
})

it('does not wrap a handler again that is already wrapped', () => {
  const route = { method: 'GET', path: '/a' }
  const wrapped = passedOn([() => {}, route])
  expect(passedOn(wrapped)).toBe(wrapped)
})

it.each([
  ['/a/:id{[0-9]+}', '/a/:id'],
  ['/:a{x{2}}/:b{y}z', '/:a/:bz'],
  ['/a{1}/:b}/{:c', '/a{1}/:b}/{:c'],
  [':a{'.repeat(333_333), ':a{'.repeat(333_333)],
])(
  'reports a template without patterns, in linear time (quadratic: ten minutes)',
  { timeout: 120_000 },
  (path, template) => {
    const { request, routes } = requestWithRoutes()
    const [wrapper] = passedOn([() => {}, { method: 'GET', path }]) as [(context: unknown) => void]
    wrapper({ env: { incoming: request } })
    expect(routes.map((route) => route === template)).toEqual([true])
  },
)

it('removes the route of middleware when it calls next and no route matches', () => {
  const { request, routes } = requestWithRoutes()
  const route = { method: 'ALL', path: '/*' }
  const [wrapper] = passedOn([(_context: unknown, next: () => unknown) => next(), route]) as [
    (context: unknown, next: () => string) => unknown,
  ]
  const context = { env: { incoming: request }, req: { matchedRoutes: [route] } }
  expect(wrapper(context, () => 'none')).toBe('none')
  expect(routes).toEqual(['/*', undefined])
})

it('passes an argument that is not a route to the router unchanged', () => {
  const given = [undefined, 'text', [], [() => {}], [() => {}, {}], [() => {}, null]]
  expect(given.map(passedOn)).toEqual(given)
})

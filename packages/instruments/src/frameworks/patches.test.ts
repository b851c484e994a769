import { describe, expect, it } from 'vitest'
import { FRAMEWORK_PATCHES } from '../adapters.ts'
import { attachObservation } from '../observation/observation-registry.ts'
import type { RequestObservation } from '../observation/request-observation.ts'

// The frameworks themselves are tested in test/frameworks; here is what no framework does on purpose.

/** A request that keeps what it is told. */
function observed(): { request: object; told: (string | undefined)[] } {
  const told: (string | undefined)[] = []
  const request = {}
  const observation = { setRoute: (template: string | undefined) => told.push(template) }
  attachObservation(request, observation as unknown as RequestObservation)
  return { request, told }
}

function patchOf(name: string, file: RegExp): (exports: unknown) => () => void {
  const patch = FRAMEWORK_PATCHES.find((one) => one.package === name && file.test(one.file))
  if (patch === undefined) throw new Error(`no patch of ${name}`)
  return (exports) => patch.patch(exports)
}

describe('every patch', () => {
  it.each(FRAMEWORK_PATCHES.map((patch) => [`${patch.package}/${patch.file}`, patch] as const))(
    'of %s leaves alone what it does not know',
    (_name, patch) => {
      const unknown = { H3: class {}, H3Event: class {}, default: class {}, Router: class {}, prototype: {} }
      const before = JSON.stringify(Object.getOwnPropertyNames(unknown))
      patch.patch(unknown)()
      expect(JSON.stringify(Object.getOwnPropertyNames(unknown))).toBe(before)
    },
  )
})

/** The handlers of undici get `dispatch` in their constructor; their prototype has none. */
const HANDLER = /lib\/handler/

/** Exports in which the patch of a file finds what it wraps; methods return the arguments of their call. */
function knownExports(file: string): Record<string, unknown> {
  const echo = (...args: unknown[]): unknown[] => args
  class Known {
    readonly stack: object[] = []
    get method(): string {
      return 'GET'
    }
  }
  const methods = ['process_params', 'use', 'route', 'add', '~findRoute', 'renderPageComponent', 'runApi']
  const dispatch = HANDLER.test(file) ? [] : ['dispatch']
  for (const name of [...methods, 'push', 'shift', 'handleRequest', 'match', ...dispatch]) {
    const method = { value: echo, configurable: true, writable: true }
    for (const target of [Known, Known.prototype]) Object.defineProperty(target, name, method)
  }
  const names = ['H3', 'H3Event', 'default', 'Router']
  return Object.assign(Known, Object.fromEntries(names.map((name) => [name, Known]))) as never
}

const shapeOf = (exports: Record<string, unknown>): unknown => {
  const { prototype } = exports as { readonly prototype: object }
  return [Object.getOwnPropertyDescriptors(exports), Object.getOwnPropertyDescriptors(prototype)]
}

describe('every patch that is undone', () => {
  it.each(FRAMEWORK_PATCHES.map((patch) => [`${patch.package}/${patch.file}`, patch] as const))(
    'of %s leaves what it has patched as it was, also where it is patched twice',
    (_name, patch) => {
      const exports = knownExports(patch.file)
      const before = shapeOf(exports)
      for (let run = 0; run < 2; run++) {
        const undo = patch.patch(exports)
        expect(shapeOf(exports)).not.toEqual(before)
        undo()
        expect(shapeOf(exports)).toEqual(before)
      }
    },
  )
})

describe('a handler of undici', () => {
  const file = /lib\/handler\/RetryHandler/

  it('keeps `dispatch` as a property of its own, as it is without the patch', () => {
    class Assigning {
      declare readonly dispatch: unknown
      constructor(dispatch: unknown) {
        Object.assign(this, { dispatch })
      }
    }
    const dispatch = (...args: unknown[]): unknown[] => args
    const undo = patchOf('undici', file)(Assigning)
    const patched = new Assigning(dispatch)
    undo()
    const plain = new Assigning(dispatch)
    expect((patched.dispatch as typeof dispatch)(1, 2)).toEqual([1, 2])
    expect(Object.keys(patched)).toEqual(Object.keys(plain))
    expect(plain.dispatch).toBe(dispatch)
    expect(new Assigning(undefined).dispatch).toBe(undefined)
  })

  it('is left as it is where its prototype has `dispatch`', () => {
    const known = knownExports('any')
    const before = shapeOf(known)
    patchOf('undici', file)(known)()
    expect(shapeOf(known)).toEqual(before)
  })
})

describe('Koa', () => {
  it('keeps the property that the router sets, and passes over middleware', () => {
    const { request, told } = observed()
    const prototype = {}
    const undo = patchOf('koa', /context/)(prototype)
    const matched = [
      { path: '/a', methods: [] },
      { path: '/a/:id', methods: ['GET'] },
    ]
    const ctx = Object.assign(Object.create(prototype), { req: request, matched, mountPath: '/m' })
    expect(ctx._matchedRoute).toBe(undefined)
    for (const path of ['/a/:id', '/a', '/a/:id']) ctx._matchedRoute = path
    expect([ctx._matchedRoute, told]).toEqual(['/a/:id', ['/m/a/:id', '/m/a/:id']])
    undo()
    expect('_matchedRoute' in prototype).toBe(false)
  })
})

describe('Hono', () => {
  class AnyRouter {
    readonly added: unknown[][] = []
    add(...args: unknown[]): void {
      this.added.push(args)
    }
  }

  it('keeps name, length, result and error of a handler, and wraps it once', () => {
    const { request, told } = observed()
    const undo = patchOf('hono', /smart/)({ AnyRouter })
    const router = new AnyRouter()
    const route = { method: 'GET', path: '/a/:id{[0-9]+}' }
    const handler = function named(_context: unknown, _next: unknown): string {
      return 'answer'
    }
    router.add('GET', '/a/:id{[0-9]+}', [handler, route])
    router.add('GET', '/b', (router.added[0] as unknown[])[2])
    undo()
    const [wrapper, kept] = (router.added[0] as unknown[])[2] as [typeof handler, unknown]
    expect([wrapper.name, wrapper.length, kept]).toEqual(['named', 2, route])
    expect(wrapper({ env: { incoming: request } }, undefined)).toBe('answer')
    expect(wrapper(undefined, undefined)).toBe('answer')
    expect(told).toEqual(['/a/:id'])
    expect(((router.added[1] as unknown[])[2] as unknown[])[0]).toBe(wrapper)
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
      const { request, told } = observed()
      const undo = patchOf('hono', /smart/)({ AnyRouter })
      const router = new AnyRouter()
      router.add('GET', path, [() => {}, { method: 'GET', path }])
      undo()
      const [wrapper] = (router.added[0] as unknown[])[2] as [(context: unknown) => void]
      wrapper({ env: { incoming: request } })
      expect(told.map((one) => one === template)).toEqual([true])
    },
  )

  it('takes the route of middleware back when it lets a request go on that no route matches', () => {
    const { request, told } = observed()
    const undo = patchOf('hono', /smart/)({ AnyRouter })
    const router = new AnyRouter()
    const route = { method: 'ALL', path: '/*' }
    router.add('ALL', '/*', [(_context: unknown, next: () => unknown) => next(), route])
    undo()
    const [wrapper] = (router.added[0] as unknown[])[2] as [(context: unknown, next: () => string) => unknown]
    const context = { env: { incoming: request }, req: { matchedRoutes: [route] } }
    expect(wrapper(context, () => 'none')).toBe('none')
    expect(told).toEqual(['/*', undefined])
  })

  it('gives a router on what is no route as it is', () => {
    const undo = patchOf('hono', /smart/)({ AnyRouter })
    const router = new AnyRouter()
    const given = [undefined, 'text', [], [() => {}], [() => {}, {}], [() => {}, null]]
    for (const one of given) router.add('GET', '/', one)
    undo()
    expect(router.added.map(([, , one]) => one)).toEqual(given)
  })
})

describe('Next', () => {
  it('tells templates as Next spells them, and has no route for its own pages', () => {
    const { request, told } = observed()
    class Server {
      runApi(): string {
        return 'api'
      }
      renderPageComponent(): string {
        return 'page'
      }
    }
    const undo = patchOf('next', /server/)({ default: Server })
    const server = new Server() as unknown as { runApi(...args: unknown[]): string }
    const paths = ['/', '/a/[id]', '/a/[...all]/b', '/[[...all]]', '/a[b]', '/404', undefined]
    for (const pathname of paths) {
      expect(server.runApi({ originalRequest: request }, {}, {}, { definition: { pathname } })).toBe('api')
    }
    undo()
    expect(told).toEqual(['/', '/a/[id]', '/a/[...all]/b', '/[[...all]]', '/a[b]', undefined, undefined])
  })
})

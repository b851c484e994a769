import { observationOf } from '../observation/observation-registry.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import type { ModulePatch } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/** What is used of the context of a request. */
interface Context {
  /** `@hono/node-server` puts the request of `node:http` here. */
  readonly env?: { readonly incoming?: object }
  readonly req: { readonly matchedRoutes?: readonly Route[] }
}

/** What Hono keeps of a route or of middleware, which has the method `ALL`. */
interface Route {
  readonly method: string
  /** The full template, with what the application is mounted at. */
  readonly path: string
}

type Handler = (context: Context, next: () => unknown) => unknown

/** What a router is given for each handler. */
type RoutedHandler = readonly [handler: Handler, route: Route]

/**
 * The classes of routers, all of which are loaded at once: a file that is loaded by `require` while what it needs is
 * being linked for an `import` ends the process on Node 22.15.
 */
const ROUTERS = ['smart', 'reg-exp', 'trie', 'linear', 'pattern']

const ALL = 'ALL'

const wrappers = new WeakSet<Handler>()

/**
 * Tell the route template of every request that Hono handles on `@hono/node-server`. Hono publishes nothing and keeps
 * its methods private; what it hands to its router, the handlers of the routes, can be seen.
 */
export const HONO_PATCHES: readonly ModulePatch[] = ROUTERS.flatMap((name) => [
  { package: 'hono', signal: /^dist\/(?!cjs\/)/, file: `dist/router/${name}-router/router.js`, patch },
  { package: 'hono', signal: /^dist\/cjs\//, file: `dist/cjs/router/${name}-router/router.js`, patch },
])

function patch(exports: unknown): () => void {
  const undo = Object.values(exports as Record<string, { readonly prototype?: { add?: unknown } }>)
    .filter((Router) => typeof Router?.prototype?.add === 'function')
    .map(({ prototype }) =>
      wrapMethod(
        prototype as { add: unknown },
        'add',
        (original, wrap) =>
          function add(this: unknown, ...args: unknown[]): unknown {
            if (wrap.isUndone) return original(this, args)
            args[2] = telling(args[2])
            return original(this, args)
          },
      ),
    )
  return () => {
    for (const step of undo.reverse()) step()
  }
}

/** What a router is given, with a handler that tells the route first; what is not known stays as it is. */
function telling(given: unknown): unknown {
  if (!isRouted(given)) return given
  const [handler, route] = given
  const wrapper = route.method === ALL ? middleware(handler, route) : handlerOfRoute(handler, route)
  Object.defineProperty(wrapper, 'name', { value: handler.name, configurable: true })
  Object.defineProperty(wrapper, 'length', { value: handler.length, configurable: true })
  wrappers.add(wrapper)
  return [wrapper, ...given.slice(1)]
}

function isRouted(given: unknown): given is RoutedHandler {
  if (!Array.isArray(given) || typeof given[0] !== 'function' || wrappers.has(given[0])) return false
  const route = given[1] as Partial<Route> | undefined
  return typeof route?.path === 'string' && typeof route.method === 'string'
}

function handlerOfRoute(handler: Handler, route: Route): Handler {
  const template = withoutPatterns(route.path)
  return (context, next) => {
    tell(context, template)
    return handler(context, next)
  }
}

/**
 * Middleware answers by itself or lets the request go on to the route. So it tells the route that comes last; and
 * where that is its own, since no other matches, it takes it back as soon as it lets the request go on.
 */
function middleware(handler: Handler, route: Route): Handler {
  return (context, next) => {
    const last = lastRoute(context)
    tell(context, last === undefined ? undefined : withoutPatterns(last.path))
    if (last !== route) return handler(context, next)
    return handler(context, () => {
      tell(context, undefined)
      return next()
    })
  }
}

const tell = guardVoid('hono_route', ({ env }: Context, template: string | undefined) => {
  if (env?.incoming !== undefined) observationOf(env.incoming)?.setRoute(template)
})

const lastRoute = guard<[Context], Route | undefined>(
  'hono_route',
  ({ req: { matchedRoutes } }) =>
    matchedRoutes?.findLast(({ method }) => method !== ALL) ?? matchedRoutes?.at(-1),
  undefined,
)

/** `/:id{[0-9]+}` as `/:id`: the pattern is Hono's own spelling. */
function withoutPatterns(path: string): string {
  return path.includes('{') ? path.split('/').map(withoutPattern).join('/') : path
}

/** As `/(:\w+)\{.*\}/`, which takes quadratic time. */
function withoutPattern(segment: string): string {
  const name = /:\w+(?=\{)/.exec(segment)
  if (name === null) return segment
  const start = name.index + name[0].length
  const end = segment.lastIndexOf('}')
  return end < start ? segment : segment.slice(0, start) + segment.slice(end + 1)
}

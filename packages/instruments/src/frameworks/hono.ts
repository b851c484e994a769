import { observationOf } from '../observation/observation-registry.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import type { FilePatch } from '../patching/module-patch.ts'
import { undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import type { Framework } from './framework.ts'

/** The properties of a Hono context that are used. */
interface Context {
  /** The request of `node:http`, set by `@hono/node-server`. */
  readonly env?: { readonly incoming?: object }
  readonly req: { readonly matchedRoutes?: readonly Route[] }
}

/** A route, or middleware, whose method is `ALL`. */
interface Route {
  readonly method: string
  /** The full template, the mount path of the application included. */
  readonly path: string
}

type Handler = (context: Context, next: () => unknown) => unknown

/** The last argument of a router's `add`. */
type RoutedHandler = readonly [handler: Handler, route: Route]

/**
 * The router classes. All are loaded with the first one: on Node 22.15 the process ends when a file is loaded by
 * `require` while its dependencies are being linked for an `import`.
 */
const ROUTERS = ['smart', 'reg-exp', 'trie', 'linear', 'pattern']

const ALL = 'ALL'

const wrappers = new WeakSet<Handler>()

/** Hono publishes no routes and has private methods. But it passes its handlers to the public method `add` of a router. */
const patches: readonly FilePatch[] = ROUTERS.flatMap((name) => [
  { package: 'hono', signal: /^dist\/(?!cjs\/)/, file: `dist/router/${name}-router/router.js`, patch },
  { package: 'hono', signal: /^dist\/cjs\//, file: `dist/cjs/router/${name}-router/router.js`, patch },
])

/** Hono on `@hono/node-server`. */
export const hono: Framework = { packages: ['hono'], patches }

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
            args[2] = withRouteReport(args[2])
            return original(this, args)
          },
      ),
    )
  return () => undoAll(undo)
}

/** Replaces the handler by one that reports its route first. An argument that is not a route is returned unchanged. */
function withRouteReport(given: unknown): unknown {
  if (!isRouted(given)) return given
  const [handler, route] = given
  const wrapper = route.method === ALL ? wrapMiddleware(handler, route) : wrapHandler(handler, route)
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

function wrapHandler(handler: Handler, route: Route): Handler {
  const template = withoutPatterns(route.path)
  return (context, next) => {
    reportRoute(context, template)
    return handler(context, next)
  }
}

/**
 * Middleware sends the response itself or calls `next`. So the last matching route is reported before it runs. If that is
 * the middleware's own path, because no route matches, it is removed again when the middleware calls `next`.
 */
function wrapMiddleware(handler: Handler, route: Route): Handler {
  return (context, next) => {
    const last = lastRoute(context)
    reportRoute(context, last === undefined ? undefined : withoutPatterns(last.path))
    if (last !== route) return handler(context, next)
    return handler(context, () => {
      reportRoute(context, undefined)
      return next()
    })
  }
}

const reportRoute = guardVoid('hono_route', ({ env }: Context, template: string | undefined) => {
  if (env?.incoming !== undefined) observationOf(env.incoming)?.setFrameworkRoute(template)
})

const lastRoute = guard<[Context], Route | undefined>(
  'hono_route',
  ({ req: { matchedRoutes } }) =>
    matchedRoutes?.findLast(({ method }) => method !== ALL) ?? matchedRoutes?.at(-1),
  undefined,
)

/** Returns `/:id` for `/:id{[0-9]+}`. */
function withoutPatterns(path: string): string {
  return path.includes('{') ? path.split('/').map(withoutPattern).join('/') : path
}

/** Removes the match of `/(?<=:\w+)\{.*\}/`, without its quadratic time. */
function withoutPattern(segment: string): string {
  const name = /:\w+(?=\{)/.exec(segment)
  if (name === null) return segment
  const start = name.index + name[0].length
  const end = segment.lastIndexOf('}')
  return end < start ? segment : segment.slice(0, start) + segment.slice(end + 1)
}

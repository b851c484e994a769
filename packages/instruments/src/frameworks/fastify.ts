import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { replaceProperty } from '../patching/replace-property.ts'

/** What is used of a Fastify request. */
interface FastifyRequest {
  readonly raw: object
  readonly routeOptions?: { readonly url?: string | undefined }
  /** What Fastify 4 had before 4.10. */
  readonly routerPath?: string | undefined
}

const INITIALIZATION = 'fastify.initialization'

/** Describes the symbol under which a request has its route. */
const ROUTE_CONTEXT = 'fastify.context'

/**
 * What all requests of a copy of Fastify inherit from, by copy. An instance is published once: what has been seen is
 * observed again when observation starts again.
 */
const prototypes = new Set<object>()

/**
 * Tells the route template of every request that Fastify handles, also of one that a hook answers. Fastify publishes
 * each new instance before it has any route; the channel of its handlers would miss what never reaches a handler, and
 * a hook of ours would show in what the application prints and tests of its hooks. So it is seen when a request object
 * gets its `raw` request, which is after it got its route. A request that no route matches has no `url` there.
 * @returns undoes it
 */
export function observeFastify(): () => void {
  const undo = [...prototypes].map(watchRaw)
  const onInstance = guardVoid('fastify_route', ({ fastify }: { readonly fastify: object }) => {
    const prototype = requestPrototype(fastify)
    if (prototype === undefined || Object.hasOwn(prototype, 'raw')) return
    prototypes.add(prototype)
    undo.push(watchRaw(prototype))
  })
  const listener = (message: unknown): void => onInstance(message as { fastify: object })
  subscribe(INITIALIZATION, listener)
  undo.push(() => unsubscribe(INITIALIZATION, listener))
  return () => {
    for (const step of undo.splice(0).reverse()) step()
  }
}

/** What all requests of this copy of Fastify inherit from; each instance and each plugin has a class of its own. */
function requestPrototype(fastify: object): object | undefined {
  const key = Object.getOwnPropertySymbols(fastify).find(
    ({ description }) => description === 'fastify.Request',
  )
  if (key === undefined) return undefined
  let prototype = (fastify as Record<symbol, { readonly prototype: object }>)[key]?.prototype
  for (;;) {
    const above: object | null | undefined = prototype && Object.getPrototypeOf(prototype)
    if (above === undefined || above === null || above === Object.prototype) return prototype
    prototype = above
  }
}

function watchRaw(prototype: object): () => void {
  const tellRoute = guardVoid('fastify_route', (request: FastifyRequest) => {
    const url = templateOf(request)
    if (url !== undefined) setRoute(request.raw, url)
  })
  return replaceProperty(prototype, 'raw', {
    get: () => undefined,
    set(this: FastifyRequest, raw: object) {
      // The request has it as its own property, as without us.
      Object.defineProperty(this, 'raw', { value: raw, configurable: true, enumerable: true, writable: true })
      tellRoute(this)
    },
  })
}

/** The template of every route, by the object in which Fastify keeps what belongs to the route. */
const templates = new WeakMap<object, string | undefined>()

/**
 * The template of the route of a request. Fastify makes an object of a dozen fields each time it is asked for the route,
 * a microsecond a request; so it is asked once a route, which is told by the route's own object behind a symbol.
 */
function templateOf(request: FastifyRequest): string | undefined {
  const route = routeObjectOf(request)
  if (route === undefined) return askForTemplate(request)
  if (!templates.has(route)) templates.set(route, askForTemplate(request))
  return templates.get(route)
}

let routeKey: symbol | undefined

function routeObjectOf(request: FastifyRequest): object | undefined {
  const symbols = request as unknown as Record<symbol, unknown>
  if (routeKey === undefined || symbols[routeKey] === undefined) {
    routeKey = Object.getOwnPropertySymbols(request).find(({ description }) => description === ROUTE_CONTEXT)
  }
  const route = routeKey === undefined ? undefined : symbols[routeKey]
  return typeof route === 'object' && route !== null ? route : undefined
}

function askForTemplate(request: FastifyRequest): string | undefined {
  const { routeOptions } = request
  // Asking a version that has both for `routerPath` prints a warning.
  return routeOptions === undefined ? request.routerPath : routeOptions.url
}

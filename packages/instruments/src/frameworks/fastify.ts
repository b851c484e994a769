import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { replaceProperty } from '../patching/replace-property.ts'
import { undoAll } from '../patching/undo.ts'
import type { Framework } from './framework.ts'

/** The properties of a Fastify request that are used. */
interface FastifyRequest {
  readonly raw: object
  readonly routeOptions?: { readonly url?: string | undefined }
  /** Fastify 4 before 4.10. */
  readonly routerPath?: string | undefined
}

const INITIALIZATION = 'fastify.initialization'

/** Description of the symbol under which a request holds its route object. */
const ROUTE_CONTEXT = 'fastify.context'

/**
 * The request prototype of each copy of Fastify in the process. Fastify publishes an instance once, so the prototypes are
 * kept for when observation stops and starts again.
 */
const prototypes = new Set<object>()

/**
 * Sets the route template of every request that Fastify routes, also where a hook sends the response. The template is
 * read when Fastify sets `raw` on its request object, which happens after it has set the route. Two other ways do not
 * work: the channel of handlers misses requests that never reach a handler, and a Fastify hook would appear in the
 * application's list of hooks. A request without a matching route has no `url`.
 * @returns stops it
 */
function observe(): () => void {
  const undo = [...prototypes].map(observeRaw)
  const onInstance = guardVoid('fastify_route', ({ fastify }: { readonly fastify: object }) => {
    const prototype = requestPrototype(fastify)
    if (prototype === undefined || Object.hasOwn(prototype, 'raw')) return
    prototypes.add(prototype)
    undo.push(observeRaw(prototype))
  })
  const listener = (message: unknown): void => onInstance(message as { fastify: object })
  subscribe(INITIALIZATION, listener)
  undo.push(() => unsubscribe(INITIALIZATION, listener))
  return () => undoAll(undo)
}

/** Returns the prototype that all requests of this copy of Fastify share: each instance and plugin subclasses it. */
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

function observeRaw(prototype: object): () => void {
  const reportRoute = guardVoid('fastify_route', (request: FastifyRequest) => {
    const url = templateOf(request)
    if (url !== undefined) setFrameworkRoute(request.raw, url)
  })
  return replaceProperty(prototype, 'raw', {
    get: () => undefined,
    set(this: FastifyRequest, raw: object) {
      // An own property of the request, as without this accessor.
      Object.defineProperty(this, 'raw', { value: raw, configurable: true, enumerable: true, writable: true })
      reportRoute(this)
    },
  })
}

/** The template of each route, by Fastify's route object. */
const templates = new WeakMap<object, string | undefined>()

/**
 * Returns the route template of a request. Reading `routeOptions` creates an object of a dozen fields, which takes 1 µs
 * per request. So it is read once per route object, and the template is cached.
 */
function templateOf(request: FastifyRequest): string | undefined {
  const route = routeObjectOf(request)
  if (route === undefined) return readTemplate(request)
  if (!templates.has(route)) templates.set(route, readTemplate(request))
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

function readTemplate(request: FastifyRequest): string | undefined {
  const { routeOptions } = request
  // Versions with both properties print a deprecation warning when `routerPath` is read.
  return routeOptions === undefined ? request.routerPath : routeOptions.url
}

/** Fastify 4 and 5. */
export const fastify: Framework = { packages: ['fastify'], observe }

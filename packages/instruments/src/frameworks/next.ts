import { observationOf } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { createFilePatch } from '../patching/module-patch.ts'
import { undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import type { Framework } from './framework.ts'

/** The properties of a request of Next that are used; it wraps the request of `node:http`. */
interface NextRequest {
  readonly originalRequest?: object
  [REQUEST_META]?: { readonly match?: RouteMatch }
}

interface RouteMatch {
  /** `pathname` is the template, such as `/items/[id]`. */
  readonly definition?: { readonly pathname?: unknown }
}

/** The methods of the server that are wrapped. */
interface NextServer {
  renderPageComponent(...args: unknown[]): unknown
  runApi(...args: unknown[]): unknown
}

const REQUEST_META: unique symbol = Symbol.for('NextInternalRequestMeta') as typeof REQUEST_META

const server = createFilePatch('next', 'dist/server/next-server.js', (exports) => {
  const { default: Server } = exports as { readonly default?: { readonly prototype: NextServer } }
  const prototype = Server?.prototype
  if (prototype === undefined) return () => {}
  const undo = [wrapRender(prototype), wrapApi(prototype)]
  return () => undoAll(undo)
})

/**
 * Next's Node server: every request that it renders or passes to a route handler. Responses without a route, such as
 * static files and error pages, have no template.
 */
export const next: Framework = { packages: ['next'], patches: [server] }

/** Observes pages and route handlers of the App Router, and pages of the Pages Router. */
function wrapRender(prototype: NextServer): () => void {
  if (typeof prototype.renderPageComponent !== 'function') return () => {}
  return wrapMethod(
    prototype,
    'renderPageComponent',
    (original, wrap) =>
      function renderPageComponent(this: unknown, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const { req } = args[0] as { req: NextRequest }
        reportRoute(req, req[REQUEST_META]?.match)
        return original(this, args)
      },
  )
}

/** Observes API routes of the Pages Router. */
function wrapApi(prototype: NextServer): () => void {
  if (typeof prototype.runApi !== 'function') return () => {}
  return wrapMethod(
    prototype,
    'runApi',
    (original, wrap) =>
      function runApi(this: unknown, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        reportRoute(args[0] as NextRequest, args[3] as RouteMatch)
        return original(this, args)
      },
  )
}

const reportRoute = guardVoid('next_route', (request: NextRequest, match: RouteMatch | undefined) => {
  const template = match?.definition?.pathname
  const isRoute = typeof template === 'string' && !ERROR_PAGES.has(template)
  if (request.originalRequest === undefined) return
  observationOf(request.originalRequest)?.setFrameworkRoute(isRoute ? template : undefined)
})

/** Pages that Next renders for requests without a route. */
const ERROR_PAGES: ReadonlySet<string> = new Set(['/_not-found', '/_error', '/404', '/500'])

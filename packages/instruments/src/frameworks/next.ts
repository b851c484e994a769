import { observationOf } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { type ModulePatch, patchOfFile } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/** What is used of the request that Next makes of the one of `node:http`. */
interface NextRequest {
  readonly originalRequest?: object
  [REQUEST_META]?: { readonly match?: RouteMatch }
}

interface RouteMatch {
  /** `pathname` is the template, such as `/items/[id]`. */
  readonly definition?: { readonly pathname?: unknown }
}

/** What is used of the server. */
interface NextServer {
  renderPageComponent(...args: unknown[]): unknown
  runApi(...args: unknown[]): unknown
}

const REQUEST_META: unique symbol = Symbol.for('NextInternalRequestMeta') as typeof REQUEST_META

/**
 * Tell the route template of every request that Next's Node server renders or hands to a route handler. What the
 * server answers without a route, such as files and its own pages for errors, has none.
 */
export const NEXT_PATCHES: readonly ModulePatch[] = [
  patchOfFile('next', 'dist/server/next-server.js', (exports) => {
    const { default: Server } = exports as { readonly default?: { readonly prototype: NextServer } }
    const prototype = Server?.prototype
    if (prototype === undefined) return () => {}
    const undo = [onRender(prototype), onApi(prototype)]
    return () => {
      for (const step of undo.reverse()) step()
    }
  }),
]

/** Pages and route handlers of the application directory, and pages of the older one. */
function onRender(prototype: NextServer): () => void {
  if (typeof prototype.renderPageComponent !== 'function') return () => {}
  return wrapMethod(
    prototype,
    'renderPageComponent',
    (original, wrap) =>
      function renderPageComponent(this: unknown, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const { req } = args[0] as { req: NextRequest }
        tell(req, req[REQUEST_META]?.match)
        return original(this, args)
      },
  )
}

/** API routes of the older directory. */
function onApi(prototype: NextServer): () => void {
  if (typeof prototype.runApi !== 'function') return () => {}
  return wrapMethod(
    prototype,
    'runApi',
    (original, wrap) =>
      function runApi(this: unknown, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        tell(args[0] as NextRequest, args[3] as RouteMatch)
        return original(this, args)
      },
  )
}

const tell = guardVoid('next_route', (request: NextRequest, match: RouteMatch | undefined) => {
  const template = match?.definition?.pathname
  const isRoute = typeof template === 'string' && !OWN_PAGES.has(template)
  if (request.originalRequest === undefined) return
  observationOf(request.originalRequest)?.setRoute(isRoute ? template : undefined)
})

/** Pages that Next renders where there is no route. */
const OWN_PAGES: ReadonlySet<string> = new Set(['/_not-found', '/_error', '/404', '/500'])

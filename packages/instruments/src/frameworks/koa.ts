import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { type ModulePatch, patchOfFile } from '../patching/module-patch.ts'
import { replaceProperty } from '../patching/replace-property.ts'

/** What is used of the context of a request. */
interface Context {
  readonly req: object
  /** What `koa-mount` has taken off the path: a fixed prefix. */
  readonly mountPath?: string
  /** The layers of `@koa/router` whose path matches, middleware among them. */
  readonly matched?: readonly { readonly path: unknown; readonly methods: readonly string[] }[]
  [MATCHED_ROUTE]?: unknown
}

const MATCHED_ROUTE: unique symbol = Symbol('vr.otel.koa.matched_route')

/**
 * `@koa/router` (and `koa-router`) leaves the template of the route on the context, as `_matchedRoute`, before it
 * runs the handlers of the route; so does it, in newer versions, for each of its middleware on the way. A property of
 * that name on what all contexts inherit from sees that happen.
 */
const context = patchOfFile('koa', 'lib/context.js', (exports) => {
  const prototype = exports as object
  const onMatch = guardVoid('koa_route', (ctx: Context, path: unknown) => {
    if (isRoute(ctx, path)) setRoute(ctx.req, (ctx.mountPath ?? '') + String(path))
  })
  return replaceProperty(prototype, '_matchedRoute', {
    get(this: Context) {
      return this[MATCHED_ROUTE]
    },
    set(this: Context, path: unknown) {
      this[MATCHED_ROUTE] = path
      onMatch(this, path)
    },
  })
})

/** Tell the route template of every request that a router of Koa matches, prefixes and nested routers included. */
export const KOA_PATCHES: readonly ModulePatch[] = [context]

function isRoute({ matched }: Context, path: unknown): boolean {
  return matched?.some((layer) => layer.path === path && layer.methods.length > 0) ?? true
}

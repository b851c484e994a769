import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { createFilePatch } from '../patching/module-patch.ts'
import { replaceProperty } from '../patching/replace-property.ts'
import type { Framework } from './framework.ts'

/** The properties of a Koa context that are used. */
interface Context {
  readonly req: object
  /** The fixed prefix that `koa-mount` removed from the path. */
  readonly mountPath?: string
  /** The layers of `@koa/router` whose path matches, middleware included. */
  readonly matched?: readonly { readonly path: unknown; readonly methods: readonly string[] }[]
  [MATCHED_ROUTE]?: unknown
}

const MATCHED_ROUTE: unique symbol = Symbol('vr.otel.koa.matched_route')

/**
 * `@koa/router` and `koa-router` set `_matchedRoute` on the context to the route template before they run the handlers of
 * the route. Newer versions also set it for each middleware. An accessor on the prototype of all contexts observes it.
 */
const context = createFilePatch('koa', 'lib/context.js', (exports) => {
  const prototype = exports as object
  const onMatch = guardVoid('koa_route', (ctx: Context, path: unknown) => {
    if (isRoute(ctx, path)) setFrameworkRoute(ctx.req, (ctx.mountPath ?? '') + String(path))
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

/** Koa with `@koa/router` or `koa-router`, prefixes and nested routers included. */
export const koa: Framework = { packages: ['koa'], patches: [context] }

function isRoute({ matched }: Context, path: unknown): boolean {
  return matched?.some((layer) => layer.path === path && layer.methods.length > 0) ?? true
}

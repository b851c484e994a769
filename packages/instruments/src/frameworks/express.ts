import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { LAYER_PATCHES } from './express/layer-patches.ts'
import { type ExpressRequest, enterMount, joinTemplates, mountTemplate } from './express/mounts.ts'
import type { Framework } from './framework.ts'

/** The message that `router` 2.3 and later (the router of Express 5) publishes before it calls a handler. */
interface HandlerStart {
  readonly req: ExpressRequest & { readonly route?: { readonly stack?: readonly object[] } }
  readonly layer: object
  /** The template of the layer, relative to its router; a `RegExp` if the application gave one. */
  readonly route: unknown
}

const HANDLER_START = 'tracing:express.router.request:start'

/**
 * Sets the route template of every request that Express 5 handles, nested routers and mounted applications included. The
 * template is joined from the mounts on the way, since `req.baseUrl` has only the concrete path.
 * @returns stops it
 */
function observe(): () => void {
  const onHandler = guardVoid('express_route', ({ req, layer, route }: HandlerStart) => {
    if (req.route?.stack?.includes(layer) !== true) {
      if (route !== '/' && req.baseUrl) enterMount(req, req.baseUrl, String(route))
      return
    }
    const mount = mountTemplate(req)
    if (mount !== undefined) setFrameworkRoute(req, joinTemplates(mount, String(route)))
  })
  const listener = (message: unknown): void => onHandler(message as HandlerStart)
  subscribe(HANDLER_START, listener)
  return () => unsubscribe(HANDLER_START, listener)
}

/** Express 4 and 5: by its channel with `router` 2.3 and later, else by patches of its layers. */
export const express: Framework = { packages: ['express'], observe, patches: LAYER_PATCHES }

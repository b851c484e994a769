import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setRoute } from '../observation/attached.ts'
import { guardVoid } from './guard.ts'

/** What `router` (2.3 and later, the router of Express 5) publishes before it calls a handler. */
interface HandlerStart {
  readonly req: ExpressRequestLike
  readonly layer: object
  /** The template of the layer, relative to its router; a `RegExp` if it was given as one. */
  readonly route: unknown
}

interface ExpressRequestLike {
  /** The path that the routers above have consumed: the concrete one, never a template. */
  readonly baseUrl?: string
  readonly route?: { readonly stack?: readonly object[] }
}

const HANDLER_START = 'tracing:express.router.request:start'

/** Mounts that the router has entered for a request: concrete base path → template. */
const mountsOf = new WeakMap<object, Map<string, string>>()

/**
 * Tells the route template of every request that Express 5 handles, nested routers and mounted applications
 * included: the template is put together from the mounts on the way, since `req.baseUrl` only knows the path.
 * @returns undoes it
 */
export function observeExpress(): () => void {
  const onHandler = guardVoid('route of Express', ({ req, layer, route }: HandlerStart) => {
    if (req.route?.stack?.includes(layer) !== true) {
      if (route !== '/' && req.baseUrl) enterMount(req, req.baseUrl, String(route))
      return
    }
    const mount = mountTemplate(req)
    if (mount !== undefined) setRoute(req, join(mount, String(route)))
  })
  const listener = (message: unknown): void => onHandler(message as HandlerStart)
  subscribe(HANDLER_START, listener)
  return () => unsubscribe(HANDLER_START, listener)
}

/** `undefined` if the mount was not seen being entered: its path is no template. */
function mountTemplate(req: ExpressRequestLike): string | undefined {
  const base = req.baseUrl ?? ''
  return base === '' ? '' : mountsOf.get(req)?.get(base)
}

function enterMount(req: ExpressRequestLike, base: string, template: string): void {
  let mounts = mountsOf.get(req)
  if (mounts === undefined) {
    mounts = new Map()
    mountsOf.set(req, mounts)
  }
  mounts.set(base, join(parentTemplate(mounts, base, template), template))
}

/**
 * The template of the router that holds a mount: of the mounts entered so far, the longest one that leaves just as
 * many path segments as the mount's own template has. A mount that was entered and left again does not fit.
 */
function parentTemplate(mounts: ReadonlyMap<string, string>, base: string, template: string): string {
  let parent = ''
  let found = ''
  for (const [path, full] of mounts) {
    const isAbove = path.length > parent.length && base.startsWith(`${path}/`)
    if (isAbove && segments(base.slice(path.length)) === segments(template)) [parent, found] = [path, full]
  }
  return found
}

function segments(path: string): number {
  return path.split('/').filter((part) => part !== '').length
}

function join(mount: string, template: string): string {
  if (template === '/') return mount === '' ? '/' : mount
  return mount + template
}

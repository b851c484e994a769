import { setFrameworkRoute } from '../../observation/observation-registry.ts'
import { guardVoid } from '../../patching/guard.ts'
import { createFilePatch, type FilePatch } from '../../patching/module-patch.ts'
import { undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { type ExpressRequest, enterMount, joinTemplates, mountTemplate } from './mounts.ts'

/** The members of a layer (a path matcher with a handler) that are used. */
interface Layer {
  readonly route?: unknown
  /** The concrete part of the path that it matched. */
  readonly path?: string
  match(path: string): unknown
  [TEMPLATES]?: readonly Template[]
}

interface LayerConstructor {
  readonly prototype: Layer & { handleRequest(...args: unknown[]): unknown }
  new (path: unknown, options: object, handler: () => void): Layer
}

/** The members of a router, or of the prototype of all routers, that are used. */
interface Router {
  readonly stack: readonly Layer[]
  readonly caseSensitive?: boolean
  readonly strict?: boolean
  use(...args: unknown[]): unknown
  route(...args: unknown[]): unknown
}

/** One of the paths of a layer. `matcher` tests it alone; it is set only where the layer has several paths. */
interface Template {
  readonly text: string
  readonly matcher: Layer | undefined
}

/** Key under which a layer holds its paths: Express itself keeps only their regular expression. */
const TEMPLATES: unique symbol = Symbol('vr.otel.express.templates')

/**
 * Express 4 calls `process_params` for each layer that matched, before any handler of the application. At that time the
 * base path is still that of the router that holds the layer.
 */
const express4 = createFilePatch('express', 'lib/router/index.js', (exports) => {
  const prototype = exports as Router & { process_params(...args: unknown[]): unknown }
  if (typeof prototype?.process_params !== 'function') return () => {}
  const undo = storeTemplates(prototype)
  const onLayer = guardVoid('express_route', (layer: Layer, request: ExpressRequest) => {
    const parent = mountTemplate(request)
    if (parent === undefined) return
    if (layer.route !== undefined) reportRoute(request, parent, layer)
    else reportMount(request, (request.baseUrl ?? '') + withoutSlash(layer.path ?? ''), parent, layer)
  })
  const restore = wrapMethod(
    prototype,
    'process_params',
    (original, wrap) =>
      function process_params(this: Router, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        onLayer(args[0] as Layer, args[2] as ExpressRequest)
        return original(this, args)
      },
  )
  return () => {
    restore()
    undo()
  }
})

/** `router` before 2.3, of Express 5. Later versions publish their routes and are not patched. */
const routerOfExpress5 = createFilePatch('router', 'index.js', (exports) => {
  const { prototype } = exports as { readonly prototype: Router }
  return typeof prototype?.use === 'function' ? storeTemplates(prototype) : () => {}
})

const layerOfExpress5 = createFilePatch('router', 'lib/layer.js', (exports) => {
  const LayerClass = exports as LayerConstructor
  const { prototype } = LayerClass
  if (typeof prototype?.handleRequest !== 'function' || publishesRoutes(LayerClass)) return () => {}
  const onLayer = guardVoid('express_route', (layer: Layer, request: ExpressRequest) => {
    if (layer.route === undefined) return reportMount(request, request.baseUrl ?? '', undefined, layer)
    const parent = mountTemplate(request)
    if (parent !== undefined) reportRoute(request, parent, layer)
  })
  return wrapMethod(
    prototype,
    'handleRequest',
    (original, wrap) =>
      function handleRequest(this: Layer, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        if (this[TEMPLATES] !== undefined) onLayer(this, args[0] as ExpressRequest)
        return original(this, args)
      },
  )
})

/** Whether a layer is of `router` 2.3 or later, which publishes its routes. */
function publishesRoutes(LayerClass: LayerConstructor): boolean {
  return 'rawPath' in new LayerClass('/', { end: false }, () => {})
}

/** Set the route template of every request that is handled by Express 4, or by Express 5 with `router` before 2.3. */
export const LAYER_PATCHES: readonly FilePatch[] = [express4, routerOfExpress5, layerOfExpress5]

/** Stores the paths of each layer in the layer when it is created. */
function storeTemplates(prototype: Router): () => void {
  const store = guardVoid('express_route', (router: Router, path: unknown, from: number) => {
    for (const layer of router.stack.slice(from)) layer[TEMPLATES] = templatesOf(path, router, layer)
  })
  const wrapped = (name: 'use' | 'route', pathOf: (first: unknown) => unknown) =>
    wrapMethod(
      prototype,
      name,
      (original, wrap) =>
        function add(this: Router, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          const from = this.stack.length
          const result = original(this, args)
          store(this, pathOf(args[0]), from)
          return result
        },
    )
  const undo = [wrapped('use', mountPath), wrapped('route', (path) => path)]
  return () => undoAll(undo)
}

/** Returns the path of a call of `use`; `/` where the first argument is a handler or a list of handlers. */
function mountPath(first: unknown): unknown {
  let path = first
  while (Array.isArray(path) && path.length > 0) path = path[0]
  return typeof path === 'function' ? '/' : first
}

function templatesOf(path: unknown, { caseSensitive, strict }: Router, layer: Layer): readonly Template[] {
  if (!Array.isArray(path)) return [{ text: String(path), matcher: undefined }]
  const isRoute = layer.route !== undefined
  const options = { sensitive: caseSensitive, strict: isRoute && strict, end: isRoute }
  const LayerClass = layer.constructor as LayerConstructor
  return path.flat(Number.POSITIVE_INFINITY).map((each) => {
    return { text: String(each), matcher: new LayerClass(each, options, () => {}) }
  })
}

function reportMount(request: ExpressRequest, base: string, parent: string | undefined, layer: Layer): void {
  const template = matchedTemplate(layer)
  if (template !== undefined && template !== '/' && base !== '') enterMount(request, base, template, parent)
}

function reportRoute(request: ExpressRequest, parent: string, layer: Layer): void {
  const template = matchedTemplate(layer)
  if (template !== undefined) setFrameworkRoute(request, joinTemplates(parent, template))
}

function matchedTemplate(layer: Layer): string | undefined {
  const templates = layer[TEMPLATES]
  if (templates?.length === 1) return templates[0]?.text
  return templates?.find(({ matcher }) => matcher?.match(layer.path ?? '') === true)?.text
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { type ModulePatch, patchOfFile } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { type ExpressRequest, enterMount, joinTemplates, mountTemplate } from './express-mounts.ts'

/** What is used of a layer: a matcher of paths with a handler. */
interface Layer {
  readonly route?: unknown
  /** The concrete part of the path that it has matched. */
  readonly path?: string
  match(path: string): unknown
  [TEMPLATES]?: readonly Template[]
}

interface LayerConstructor {
  readonly prototype: Layer & { handleRequest(...args: unknown[]): unknown }
  new (path: unknown, options: object, handler: () => void): Layer
}

/** What is used of a router, and of what all routers inherit from. */
interface Router {
  readonly stack: readonly Layer[]
  readonly caseSensitive?: boolean
  readonly strict?: boolean
  use(...args: unknown[]): unknown
  route(...args: unknown[]): unknown
}

/** One of the paths that a layer was made for; only where there are several it has a matcher of its own. */
interface Template {
  readonly text: string
  readonly matcher: Layer | undefined
}

/** Layers forget the path that they were made for: it is kept under this key. */
const TEMPLATES: unique symbol = Symbol('vr.otel.express.templates')

/**
 * Express 4: `process_params` runs for a layer that has matched, before everything that the application gave.
 * The base path is then still that of the router which the layer is in.
 */
const express4 = patchOfFile('express', 'lib/router/index.js', (exports) => {
  const prototype = exports as Router & { process_params(...args: unknown[]): unknown }
  if (typeof prototype?.process_params !== 'function') return () => {}
  const undo = rememberTemplates(prototype)
  const onLayer = guardVoid('express_route', (layer: Layer, request: ExpressRequest) => {
    const parent = mountTemplate(request)
    if (parent === undefined) return
    if (layer.route !== undefined) tellRoute(request, parent, layer)
    else mount(request, (request.baseUrl ?? '') + withoutSlash(layer.path ?? ''), parent, layer)
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

/** Routers of Express 5 before 2.3 publish nothing; later ones do, and are left alone. */
const routerOfExpress5 = patchOfFile('router', 'index.js', (exports) => {
  const { prototype } = exports as { readonly prototype: Router }
  return typeof prototype?.use === 'function' ? rememberTemplates(prototype) : () => {}
})

const layerOfExpress5 = patchOfFile('router', 'lib/layer.js', (exports) => {
  const LayerClass = exports as LayerConstructor
  const { prototype } = LayerClass
  if (typeof prototype?.handleRequest !== 'function' || publishes(LayerClass)) return () => {}
  const onLayer = guardVoid('express_route', (layer: Layer, request: ExpressRequest) => {
    if (layer.route === undefined) return mount(request, request.baseUrl ?? '', undefined, layer)
    const parent = mountTemplate(request)
    if (parent !== undefined) tellRoute(request, parent, layer)
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

/** Whether this is a layer of router 2.3, whose channel the adapter for Express 5 listens to. */
function publishes(LayerClass: LayerConstructor): boolean {
  return 'rawPath' in new LayerClass('/', { end: false }, () => {})
}

/** Tell the route template of every request that Express 4 handles, or Express 5 with a router older than 2.3. */
export const EXPRESS_PATCHES: readonly ModulePatch[] = [express4, routerOfExpress5, layerOfExpress5]

/** Keeps with every layer the path that it is made for. */
function rememberTemplates(prototype: Router): () => void {
  const remember = guardVoid('express_route', (router: Router, path: unknown, from: number) => {
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
          remember(this, pathOf(args[0]), from)
          return result
        },
    )
  const undo = [wrapped('use', mountPath), wrapped('route', (path) => path)]
  return () => {
    for (const step of undo.reverse()) step()
  }
}

/** The path of a call of `use`, which may begin with a handler or with lists of them. */
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
  const matcherOf = (one: unknown): Layer => new LayerClass(one, options, () => {})
  return path.flat(Number.POSITIVE_INFINITY).map((one) => ({ text: String(one), matcher: matcherOf(one) }))
}

function mount(request: ExpressRequest, base: string, parent: string | undefined, layer: Layer): void {
  const template = matchedTemplate(layer)
  if (template !== undefined && template !== '/' && base !== '') enterMount(request, base, template, parent)
}

function tellRoute(request: ExpressRequest, parent: string, layer: Layer): void {
  const template = matchedTemplate(layer)
  if (template !== undefined) setRoute(request, joinTemplates(parent, template))
}

function matchedTemplate(layer: Layer): string | undefined {
  const templates = layer[TEMPLATES]
  if (templates?.length === 1) return templates[0]?.text
  return templates?.find(({ matcher }) => matcher?.match(layer.path ?? '') === true)?.text
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

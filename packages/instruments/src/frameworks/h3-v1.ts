import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import type { FilePatch } from '../patching/module-patch.ts'
import { replaceProperty } from '../patching/replace-property.ts'

/** The properties of an event of h3 1 that are used. */
interface Event {
  readonly node: { readonly req: { readonly url?: string; readonly originalUrl?: string } }
  /** The path without the fixed prefixes that the application and `useBase` removed. */
  readonly path: string
  readonly context: { matchedRoute?: Match }
}

interface Match {
  readonly path?: unknown
}

/**
 * h3 1 publishes no routes and creates its handlers as closures. But a router reads `event.method` before it sets
 * `event.context.matchedRoute` to the matching route. So the getter of `method` adds an accessor for `matchedRoute`.
 */
function patch(exports: unknown): () => void {
  const { H3Event } = exports as { readonly H3Event?: { readonly prototype: object } }
  const prototype = H3Event?.prototype
  const own = prototype && Object.getOwnPropertyDescriptor(prototype, 'method')
  const original = own?.get
  if (prototype === undefined || own === undefined || original === undefined) return () => {}
  const onMethodRead = guardVoid('h3_route', observeMatch)
  let isUndone = false
  const method = {
    get(this: Event): unknown {
      if (!isUndone) onMethodRead(this)
      return Reflect.apply(original, this, [])
    },
  }
  const restore = replaceProperty(prototype, 'method', { ...own, get: nameOf(original, method) })
  return () => {
    isUndone = true
    restore()
  }
}

function nameOf(original: () => unknown, { get }: { get: (this: Event) => unknown }): () => unknown {
  return Object.defineProperty(get, 'name', { value: original.name, configurable: true }) as () => unknown
}

const reportRoute = guardVoid('h3_route', (event: Event, { path }: Match) => {
  if (typeof path === 'string') setFrameworkRoute(event.node.req, removedPrefix(event) + path)
})

function observeMatch(event: Event): void {
  const { context } = event
  if (Object.hasOwn(context, 'matchedRoute')) return
  let matched: Match | undefined
  Object.defineProperty(context, 'matchedRoute', {
    configurable: true,
    enumerable: true,
    get: () => matched,
    set(match: Match | undefined) {
      matched = match
      if (match) reportRoute(event, match)
    },
  })
}

/** Returns the prefix that was removed from the path. */
function removedPrefix({ node, path }: Event): string {
  const whole = pathOf(node.req.originalUrl ?? node.req.url ?? '')
  const rest = pathOf(path)
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : ''
}

function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

/** Set the route template of every request that a router of h3 1 matches. */
export const H3_V1_PATCHES: readonly FilePatch[] = ['index.mjs', 'index.cjs'].map((name) => ({
  package: 'h3',
  signal: new RegExp(`^dist/${name.replace('.', '\\.')}$`),
  file: `dist/${name}`,
  patch,
}))

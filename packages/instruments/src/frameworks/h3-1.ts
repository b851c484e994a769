import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import type { ModulePatch } from '../patching/module-patch.ts'
import { replaceProperty } from '../patching/replace-property.ts'

/** What is used of an event of h3 1. */
interface Event {
  readonly node: { readonly req: { readonly url?: string; readonly originalUrl?: string } }
  /** The path without what the application and `useBase` have taken off: fixed prefixes. */
  readonly path: string
  readonly context: { matchedRoute?: Match }
}

interface Match {
  readonly path?: unknown
}

/**
 * h3 1 publishes nothing, and what its functions make are closures. But a router asks an event for its method before it
 * leaves the route that matched on the event's context, as `matchedRoute`: from then on that property is watched.
 */
function patch(exports: unknown): () => void {
  const { H3Event } = exports as { readonly H3Event?: { readonly prototype: object } }
  const prototype = H3Event?.prototype
  const own = prototype && Object.getOwnPropertyDescriptor(prototype, 'method')
  const original = own?.get
  if (prototype === undefined || own === undefined || original === undefined) return () => {}
  const watch = guardVoid('h3_route', watchMatch)
  let isUndone = false
  const method = {
    get(this: Event): unknown {
      if (!isUndone) watch(this)
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

const tell = guardVoid('h3_route', (event: Event, { path }: Match) => {
  if (typeof path === 'string') setRoute(event.node.req, takenOff(event) + path)
})

function watchMatch(event: Event): void {
  const { context } = event
  if (Object.hasOwn(context, 'matchedRoute')) return
  let matched: Match | undefined
  Object.defineProperty(context, 'matchedRoute', {
    configurable: true,
    enumerable: true,
    get: () => matched,
    set(match: Match | undefined) {
      matched = match
      if (match) tell(event, match)
    },
  })
}

/** What has been taken off the front of the path. */
function takenOff({ node, path }: Event): string {
  const whole = pathOf(node.req.originalUrl ?? node.req.url ?? '')
  const rest = pathOf(path)
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : ''
}

function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

/** Tell the route template of every request that a router of h3 1 matches. */
export const H3_1_PATCHES: readonly ModulePatch[] = ['index.mjs', 'index.cjs'].map((name) => ({
  package: 'h3',
  signal: new RegExp(`^dist/${name.replace('.', '\\.')}$`),
  file: `dist/${name}`,
  patch,
}))

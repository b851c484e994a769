import { setRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import type { ModulePatch } from '../patching/module-patch.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { H3_1_PATCHES } from './h3-1.ts'

/** What is used of an event; its request is the one of `srvx`, which knows the one of `node:http`. */
interface Event {
  readonly req: { readonly runtime?: { readonly node?: { readonly req?: object } } }
}

/** What an application finds for an event. */
interface FoundRoute {
  readonly data?: { readonly route?: unknown }
}

const FIND_ROUTE = '~findRoute'

/** The entries of h3 2, and one chunk of it that a bundler's own resolution may lead to. */
const ENTRY = /^dist\/(_entries\/\w+|h3)\.mjs$/

/** An application of h3 2 looks the route up before it runs any handler; what is mounted in it are routes of it. */
const h3 = {
  package: 'h3',
  signal: ENTRY,
  file: 'dist/_entries/node.mjs',
  patch(exports: unknown): () => void {
    const { H3 } = exports as {
      readonly H3?: { readonly prototype: { [FIND_ROUTE](event: Event): unknown } }
    }
    if (typeof H3?.prototype[FIND_ROUTE] !== 'function') return () => {}
    const onFound = guardVoid('h3_route', ({ req }: Event, found: FoundRoute | undefined) => {
      const request = req.runtime?.node?.req
      if (typeof found?.data?.route === 'string' && request !== undefined) setRoute(request, found.data.route)
    })
    return wrapMethod(
      H3.prototype,
      FIND_ROUTE,
      (original, wrap) =>
        function findRoute(this: unknown, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          const found = original(this, args)
          onFound(args[0] as Event, found as FoundRoute | undefined)
          return found
        },
    )
  },
}

/** Tell the route template of every request that h3, in version 1 or 2, handles on `node:http`. */
export const H3_PATCHES: readonly ModulePatch[] = [h3, ...H3_1_PATCHES]

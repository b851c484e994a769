import { setFrameworkRoute } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import type { Framework } from './framework.ts'
import { H3_V1_PATCHES } from './h3-v1.ts'

/** The properties of an event that are used. Its request is that of `srvx`, which holds the request of `node:http`. */
interface Event {
  readonly req: { readonly runtime?: { readonly node?: { readonly req?: object } } }
}

/** The route that an application finds for an event. */
interface FoundRoute {
  readonly data?: { readonly route?: unknown }
}

const FIND_ROUTE = '~findRoute'

/** The entry points of h3 2, and the chunk that a bundler's own resolution may reach first. */
const ENTRY = /^dist\/(_entries\/\w+|h3)\.mjs$/

/** h3 2 finds the route before it runs any handler. Mounted applications are routes of the outer application. */
const version2 = {
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
      if (typeof found?.data?.route === 'string' && request !== undefined)
        setFrameworkRoute(request, found.data.route)
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

/** h3 1 and 2 on `node:http`. */
export const h3: Framework = { packages: ['h3'], patches: [version2, ...H3_V1_PATCHES] }

import { AsyncResource } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Given } from './given.ts'
import { guard } from './guard.ts'
import { type ModulePatch, patchOfFile } from './module-patch.ts'
import { wrapMethod } from './wrap-method.ts'

/** On the handler of a call that has been dispatched and is not begun yet: where that was done. */
class Dispatched extends Given {
  #from: AsyncResource | undefined

  private constructor(handler: object, from: AsyncResource) {
    super(handler)
    this.#from = from
  }

  /** Where the call was dispatched first. */
  static from(handler: object): AsyncResource {
    const from = new AsyncResource('vr.otel.undici_dispatch')
    if (!(#from in handler)) new Dispatched(handler, from)
    else if (handler.#from === undefined) handler.#from = from
    return #from in handler && handler.#from !== undefined ? handler.#from : from
  }

  /** An application may use a handler again. */
  static begun(handler: object): void {
    if (#from in handler) handler.#from = undefined
  }
}

/**
 * Lets a call of undici begin as what has made it. A pool with a limit of connections begins a call that had to wait when
 * another one has its answer, in the context of that one: it would be of another request, and of another trace.
 */
function patch(exports: unknown): () => void {
  const { prototype } = (exports ?? {}) as { prototype?: { dispatch?(...args: unknown[]): unknown } }
  if (typeof prototype?.dispatch !== 'function') return () => {}
  let begun = 0
  const onBegun = (): void => {
    begun++
  }
  subscribe('undici:request:create', onBegun)
  const whence = guard('dispatch of undici', Dispatched.from, undefined)
  const restore = wrapMethod(
    prototype,
    'dispatch',
    (original) =>
      function dispatch(this: object, ...args: unknown[]): unknown {
        const handler = args[1]
        const from = typeof handler === 'object' && handler !== null ? whence(handler) : undefined
        if (from === undefined) return original(this, args)
        const before = begun
        try {
          return from.runInAsyncScope(original, undefined, this, args)
        } finally {
          if (begun !== before) Dispatched.begun(handler as object)
        }
      },
  )
  return () => {
    restore()
    unsubscribe('undici:request:create', onBegun)
  }
}

/** Of the npm package: the dispatcher that comes with Node has no limit of connections. From 6.x on, and before. */
export const UNDICI_PATCHES: readonly ModulePatch[] = [
  patchOfFile('undici', 'lib/dispatcher/dispatcher-base.js', patch),
  patchOfFile('undici', 'lib/dispatcher-base.js', patch),
]

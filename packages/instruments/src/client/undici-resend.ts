import { AsyncResource } from 'node:async_hooks'
import { createFilePatch, type ModulePatch } from '../patching/module-patch.ts'

type Dispatch = (...args: unknown[]) => unknown

/** Of the call that is being dispatched again. */
let resends = 0

/** Returns how many times the call that undici begins has been sent before, by an interceptor of undici. */
export function resendsOfDispatch(): number {
  return resends
}

/** Runs where the call was made, and counts. */
function resendingDispatch(dispatch: Dispatch): Dispatch {
  const made = new AsyncResource('vr.otel.undici_resend')
  let count = 0
  return function resend(this: unknown, ...args) {
    resends = ++count
    try {
      return made.runInAsyncScope(dispatch, this, ...args)
    } finally {
      resends = 0
    }
  }
}

/**
 * A handler that sends a call again keeps `dispatch` for that when the call is made. Without this it sends in the context
 * of the connection that the answer has come by.
 */
function patchHandler(exports: unknown): () => void {
  const { prototype } = (exports ?? {}) as { readonly prototype?: object }
  if (prototype === undefined || 'dispatch' in prototype) return () => {}
  Object.defineProperty(prototype, 'dispatch', {
    configurable: true,
    set(this: object, dispatch: unknown) {
      const value = typeof dispatch === 'function' ? resendingDispatch(dispatch as Dispatch) : dispatch
      Object.defineProperty(this, 'dispatch', { value, configurable: true, enumerable: true, writable: true })
    },
  })
  return () => Reflect.deleteProperty(prototype, 'dispatch')
}

/**
 * Let what the interceptors `redirect` and `retry` of undici send be of the request that has made the call, and of its
 * trace. Of the npm package only, 5.x to 8.x: the one that comes with Node exposes no interceptors, and its `fetch` follows
 * redirects in the context of the call.
 */
export const UNDICI_RESEND_PATCHES: readonly ModulePatch[] = [
  'lib/handler/redirect-handler.js',
  'lib/handler/retry-handler.js',
  'lib/handler/RedirectHandler.js',
  'lib/handler/RetryHandler.js',
].map((file) => createFilePatch('undici', file, patchHandler))

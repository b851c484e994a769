import { AsyncResource } from 'node:async_hooks'
import { createFilePatch, type FilePatch } from '../patching/module-patch.ts'

type Dispatch = (...args: unknown[]) => unknown

/** The resend count of the call that is being dispatched. */
let resendCount = 0

/** Returns how often an interceptor of undici has sent the call before that is being dispatched. */
export function currentResendCount(): number {
  return resendCount
}

/** Wraps `dispatch`: runs it in the async context of the call and counts its runs. */
function resendingDispatch(dispatch: Dispatch): Dispatch {
  const callContext = new AsyncResource('vr.otel.undici_resend')
  let count = 0
  return function resend(this: unknown, ...args) {
    resendCount = ++count
    try {
      return callContext.runInAsyncScope(dispatch, this, ...args)
    } finally {
      resendCount = 0
    }
  }
}

/**
 * Patches a handler that resends calls. It stores `dispatch` when the call is made and would run it in the async context of
 * the connection that received the response.
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
 * Make the interceptors `redirect` and `retry` of undici resend a call in the async context in which it was made, so that it
 * belongs to the same request and trace. For the npm package 5.x to 8.x; the undici of Node exposes no interceptors, and its
 * `fetch` follows redirects in the context of the call.
 */
export const UNDICI_RESEND_PATCHES: readonly FilePatch[] = [
  'lib/handler/redirect-handler.js',
  'lib/handler/retry-handler.js',
  'lib/handler/RedirectHandler.js',
  'lib/handler/RetryHandler.js',
].map((file) => createFilePatch('undici', file, patchHandler))

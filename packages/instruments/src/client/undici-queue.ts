import { AsyncResource } from 'node:async_hooks'
import { createFilePatch, type FilePatch, prototypeWith } from '../patching/module-patch.ts'
import { undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/** The async context of a waiting call. */
const CALL_CONTEXT = Symbol('vr.otel.undici_call_context')

/** A call that waits for a connection of a pool, as an item of undici's queue. */
interface WaitingCall {
  readonly opts: unknown
  readonly handler: unknown
  [CALL_CONTEXT]?: AsyncResource
}

/** Undici 8 and later preserve the async context themselves: their items are an `AsyncResource`. */
function isWaitingCall(item: unknown): item is WaitingCall {
  return (
    typeof item === 'object' &&
    item !== null &&
    'opts' in item &&
    'handler' in item &&
    !(item instanceof AsyncResource)
  )
}

/** The call that a pool has just removed from its queue and is about to dispatch. */
let shifted: WaitingCall | undefined

/** Patches the queue of a pool with a connection limit: stores the async context of each call. */
function patchQueue(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'push', 'shift')
  if (prototype === undefined) return () => {}
  const undo = [
    wrapMethod(
      prototype,
      'push',
      (original, wrap) =>
        function push(this: object, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          const [item] = args
          if (isWaitingCall(item)) item[CALL_CONTEXT] = new AsyncResource('vr.otel.undici_call')
          return original(this, args)
        },
    ),
    wrapMethod(
      prototype,
      'shift',
      (original, wrap) =>
        function shift(this: object, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          const item = original(this, args)
          shifted = isWaitingCall(item) ? item : undefined
          return item
        },
    ),
  ]
  return () => undoAll(undo)
}

/** Patches the dispatcher that a pool passes a call to: runs it in the async context of the call. */
function patchDispatcher(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'dispatch')
  if (prototype === undefined) return () => {}
  return wrapMethod(
    prototype,
    'dispatch',
    (original, wrap) =>
      function dispatch(this: object, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const call = shifted
        shifted = undefined
        const callContext =
          call?.opts === args[0] && call?.handler === args[1] ? call?.[CALL_CONTEXT] : undefined
        return callContext === undefined
          ? original(this, args)
          : callContext.runInAsyncScope(original, undefined, this, args)
      },
  )
}

/**
 * Make undici start each call in the async context in which it was made. A pool with a connection limit starts a waiting call
 * when another call has its response, in the context of that call, which belongs to another request and trace. For the
 * npm package 5.x to 7.x; the dispatcher of Node has no limit.
 */
export const UNDICI_PATCHES: readonly FilePatch[] = [
  createFilePatch('undici', 'lib/dispatcher/fixed-queue.js', patchQueue),
  createFilePatch('undici', 'lib/dispatcher/dispatcher-base.js', patchDispatcher),
  createFilePatch('undici', 'lib/node/fixed-queue.js', patchQueue),
  createFilePatch('undici', 'lib/dispatcher-base.js', patchDispatcher),
]

import { AsyncResource } from 'node:async_hooks'
import { createFilePatch, type ModulePatch } from '../patching/module-patch.ts'
import { undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/** Of a call that waits: where it was made. */
const MADE = Symbol('vr.otel.undici_call_made')

/** A call that waits for a connection of a pool, as the queue of undici has it. */
interface WaitingCall {
  readonly opts: unknown
  readonly handler: unknown
  [MADE]?: AsyncResource
}

/** From 8.x on, undici does itself what is done here, with a class of its own. */
function isWaitingCall(item: unknown): item is WaitingCall {
  return (
    typeof item === 'object' &&
    item !== null &&
    'opts' in item &&
    'handler' in item &&
    !(item instanceof AsyncResource)
  )
}

/** The call that a pool has just taken out of its queue, to dispatch it at once. */
let taken: WaitingCall | undefined

/** The queue of a pool with a limit of connections: it remembers where each call was made. */
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
          if (isWaitingCall(item)) item[MADE] = new AsyncResource('vr.otel.undici_call')
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
          taken = isWaitingCall(item) ? item : undefined
          return item
        },
    ),
  ]
  return () => undoAll(undo)
}

/** What a pool dispatches a call to: it runs where the call was made. */
function patchDispatcher(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'dispatch')
  if (prototype === undefined) return () => {}
  return wrapMethod(
    prototype,
    'dispatch',
    (original, wrap) =>
      function dispatch(this: object, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const call = taken
        taken = undefined
        const made = call?.opts === args[0] && call?.handler === args[1] ? call?.[MADE] : undefined
        return made === undefined
          ? original(this, args)
          : made.runInAsyncScope(original, undefined, this, args)
      },
  )
}

function prototypeWith<Name extends string>(
  exports: unknown,
  ...names: Name[]
): { [Key in Name]: (...args: unknown[]) => unknown } | undefined {
  const { prototype } = (exports ?? {}) as { readonly prototype?: Record<string, unknown> }
  const isKnown = names.every((name) => typeof prototype?.[name] === 'function')
  return isKnown ? (prototype as ReturnType<typeof prototypeWith<Name>>) : undefined
}

/**
 * Let a call of undici begin as what has made it. A pool with a limit of connections begins a call that had to wait when
 * another one has its answer, in the context of that one: it would be of another request, and of another trace. Of the npm
 * package only, 5.x to 7.x: the dispatcher that comes with Node has no limit.
 */
export const UNDICI_PATCHES: readonly ModulePatch[] = [
  createFilePatch('undici', 'lib/dispatcher/fixed-queue.js', patchQueue),
  createFilePatch('undici', 'lib/dispatcher/dispatcher-base.js', patchDispatcher),
  createFilePatch('undici', 'lib/node/fixed-queue.js', patchQueue),
  createFilePatch('undici', 'lib/dispatcher-base.js', patchDispatcher),
]

import { executionAsyncId } from 'node:async_hooks'

/**
 * Returns whether the `beforeExit` event that is being emitted comes from Node, whose event loop is empty, and not from
 * the application.
 *
 * Node calls `process.emit` from native code and outside of any callback, so that the outermost frame of the stack is
 * `process.emit`, even if it is wrapped. An application calls it from a function or from a callback of Node's JavaScript.
 * Only `process.emit` itself, bound as a microtask or a promise reaction, cannot be distinguished.
 * @param args arguments of `emit`
 */
export function isNativeBeforeExit(args: readonly unknown[]): boolean {
  if (executionAsyncId() !== 0 || args.length !== 2 || typeof args[1] !== 'number') return false
  const outermost = callSites()?.at(-1)
  if (outermost === undefined) return true
  return outermost.getTypeName() === 'process' && outermost.getFileName()?.startsWith('node:') !== true
}

/** Returns the whole stack; `undefined` if the application prevents reading it. */
function callSites(): NodeJS.CallSite[] | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY
    Error.prepareStackTrace = (_, sites) => sites
    const { stack } = new Error() as { stack?: unknown }
    return Array.isArray(stack) ? stack : undefined
  } catch {
    return undefined
  } finally {
    restore('prepareStackTrace', prepareStackTrace)
    restore('stackTraceLimit', stackTraceLimit)
  }
}

/** Restores a property. Never throws: if it cannot be set, it was not changed before. */
function restore<Key extends 'prepareStackTrace' | 'stackTraceLimit'>(
  key: Key,
  value: ErrorConstructor[Key],
): void {
  if (value === undefined) Reflect.deleteProperty(Error, key)
  else Reflect.set(Error, key, value)
}

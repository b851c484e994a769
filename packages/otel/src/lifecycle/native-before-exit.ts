import { executionAsyncId } from 'node:async_hooks'

/**
 * Whether the event `beforeExit` that is being emitted comes from Node, out of work, and not from the application.
 *
 * Node calls `process.emit` from outside JavaScript and outside any callback, so the outermost frame of the stack is
 * `process.emit`, whoever has wrapped it. An application calls it from a function of its own, or in a callback that Node's
 * JavaScript calls. Only `process.emit` bound as a reaction of a promise or a microtask looks like Node.
 * @param args of `emit`
 */
export function isNativeBeforeExit(args: readonly unknown[]): boolean {
  if (executionAsyncId() !== 0 || args.length !== 2 || typeof args[1] !== 'number') return false
  const outermost = callSites()?.at(-1)
  if (outermost === undefined) return true
  return outermost.getTypeName() === 'process' && outermost.getFileName()?.startsWith('node:') !== true
}

/** The whole stack; `undefined` where the application does not allow it to be read. */
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

/** Never throws: where it cannot be set, it has not been changed. */
function restore<Key extends 'prepareStackTrace' | 'stackTraceLimit'>(
  key: Key,
  value: ErrorConstructor[Key],
): void {
  if (value === undefined) Reflect.deleteProperty(Error, key)
  else Reflect.set(Error, key, value)
}

import type { ProcessLike } from './termination-signals.ts'

/**
 * Calls a function when the process receives SIGTERM and the application, or the flush before the end, handles it. Adds no
 * listener and does not make Node handle the signal: it intercepts the signal's event in `process.emit`.
 * @returns removes the hook
 */
export function watchSigterm(onSigterm: () => void, target: ProcessLike = process): () => void {
  const before = Object.getOwnPropertyDescriptor(target, 'emit')
  const { emit } = target
  let isActive = true
  const intercepted = (...args: unknown[]): unknown => {
    // Without a number, the application emits the event itself, to call its listeners only.
    if (isActive && args[0] === 'SIGTERM' && typeof args[2] === 'number') onSigterm()
    return Reflect.apply(emit, target, args)
  }
  Object.defineProperty(target, 'emit', {
    value: intercepted,
    configurable: true,
    enumerable: false,
    writable: true,
  })
  return () => {
    isActive = false
    // If other code has wrapped `emit` since, our wrapper stays in place and only passes events on.
    if ((target.emit as unknown) !== intercepted) return
    if (before === undefined) Reflect.deleteProperty(target, 'emit')
    else Object.defineProperty(target, 'emit', before)
  }
}

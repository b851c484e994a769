import type { Duplex } from 'node:stream'
import { wrapMethod } from '../patching/wrap-method.ts'

/** Calls `listener` when a socket has closed. Wraps `emit`, since the application could count a listener. */
export function onSocketClose(socket: Duplex, listener: () => void): void {
  wrapMethod(
    socket,
    'emit',
    (original) =>
      function emit(this: Duplex, ...args: unknown[]): unknown {
        const result = original(this, args)
        if (args[0] === 'close') listener()
        return result
      },
  )
}

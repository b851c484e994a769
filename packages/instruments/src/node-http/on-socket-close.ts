import type { Duplex } from 'node:stream'
import { wrapMethod } from '../patching/wrap-method.ts'

/** Tells when a connection has closed, without a listener that an application could count. */
export function onSocketClose(socket: Duplex, tell: () => void): void {
  wrapMethod(
    socket,
    'emit',
    (original) =>
      function emit(this: Duplex, ...args: unknown[]): unknown {
        const result = original(this, args)
        if (args[0] === 'close') tell()
        return result
      },
  )
}

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import type { Undo } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { onSocketClose } from './on-socket-close.ts'

/** For each connection, the responses that were detached from it before they ended. */
const detachedFrom = new WeakMap<Socket, Set<ServerResponse>>()

/**
 * Ends responses that the application detached from their connection by `detachSocket`: they emit neither `finish` nor
 * `close`. A response ends when that connection closes, unless it has another socket by then.
 * @param end called for a response; it may have ended already
 * @returns undoes it
 */
export function wrapDetachSocket(prototype: ServerResponse, end: (response: ServerResponse) => void): Undo {
  const onDetach = guardVoid('response_detached', (response: ServerResponse, socket: Socket) => {
    if (isOpen(response)) endOnClose(response, socket, end)
  })
  return wrapMethod(
    prototype,
    'detachSocket',
    (original, wrap) =>
      function detachSocket(this: ServerResponse, ...args: unknown[]): unknown {
        const result = original(this, args)
        if (!wrap.isUndone) onDetach(this, args[0] as Socket) // Node also calls it for responses that have finished
        return result
      },
  )
}

function endOnClose(response: ServerResponse, socket: Socket, end: (response: ServerResponse) => void): void {
  const known = detachedFrom.get(socket)
  const detached = known ?? new Set()
  for (const earlier of detached) if (!isOpen(earlier)) detached.delete(earlier)
  detached.add(response)
  if (known !== undefined) return
  detachedFrom.set(socket, detached)
  onSocketClose(socket, () => {
    for (const each of detached) if (each.socket === null) end(each)
  })
}

function isOpen(response: ServerResponse): boolean {
  return requestObservationOf(response)?.hasEnded === false
}

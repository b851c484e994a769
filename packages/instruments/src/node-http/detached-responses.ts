import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { onSocketClose } from './on-socket-close.ts'

/** Responses that were detached from a connection before they ended. */
const detachedFrom = new WeakMap<Socket, Set<ServerResponse>>()

/**
 * Ends the responses that an application detaches from their connection: they emit neither `finish` nor `close`. Each
 * ends when that connection closes, unless it has been assigned a socket again and ends by itself.
 * @param end ends the observation of a response; it may have ended before
 * @returns undoes it
 */
export function wrapDetachSocket(
  prototype: ServerResponse,
  end: (response: ServerResponse) => void,
): () => void {
  const onDetach = guardVoid('response_detached', (response: ServerResponse, socket: Socket) => {
    if (isOpen(response)) watch(response, socket, end)
  })
  return wrapMethod(
    prototype,
    'detachSocket',
    (original, wrap) =>
      function detachSocket(this: ServerResponse, ...args: unknown[]): unknown {
        const result = original(this, args)
        if (!wrap.isUndone) onDetach(this, args[0] as Socket) // Node itself detaches what has finished
        return result
      },
  )
}

function watch(response: ServerResponse, socket: Socket, end: (response: ServerResponse) => void): void {
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

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { onSocketClose } from './on-socket-close.ts'

/** Responses that wait or have waited behind another one on their connection, the earliest first. */
const waitingOn = new WeakMap<Socket, ServerResponse[]>()

/**
 * Sees to the end of a response to a pipelined request. Node 22 tells nothing of a response that still waits for its turn
 * when the connection closes: neither `finish` nor `close` comes. So the connection's own `close` is taken for it, without
 * a listener that an application could count, and only on connections on which a client pipelines.
 * @param response of a request that has just arrived
 * @param socket its connection
 * @param end tells the response's observation that it ended; it may have ended before
 */
export function trackPipelined(
  response: ServerResponse,
  socket: Socket,
  end: (response: ServerResponse) => void,
): void {
  if (!isBusy(socket)) return
  const known = waitingOn.get(socket)
  const waiting = known ?? []
  // They end in their order, so none that has ended stays on a connection that lives on.
  while (waiting[0] !== undefined && requestObservationOf(waiting[0])?.hasEnded !== false) waiting.shift()
  waiting.push(response)
  if (known !== undefined) return
  waitingOn.set(socket, waiting)
  onSocketClose(socket, () => {
    for (const response of waiting.splice(0)) end(response)
  })
}

/** Whether a response is being sent on a connection: Node's own note of it, as there is no other. */
function isBusy(socket: Socket): boolean {
  const { _httpMessage: sending } = socket as { _httpMessage?: object | null }
  return sending !== undefined && sending !== null
}

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { onSocketClose } from './on-socket-close.ts'

/** For each connection, the responses that had to wait for an earlier one, in order. */
const waitingOn = new WeakMap<Socket, ServerResponse[]>()

/**
 * Ends the response of a pipelined request when its connection closes. Node 22 emits neither `finish` nor `close` for a
 * response that still waits for an earlier one at that time. Connections without pipelined requests are not wrapped.
 * @param response of a request that has just arrived
 * @param end called when the connection closes, also for a response that has ended already
 */
export function trackPipelined(
  response: ServerResponse,
  socket: Socket,
  end: (response: ServerResponse) => void,
): void {
  if (!isSending(socket)) return
  const known = waitingOn.get(socket)
  const waiting = known ?? []
  // Responses end in order, so removing them from the front keeps none that has ended.
  while (waiting[0] !== undefined && requestObservationOf(waiting[0])?.hasEnded !== false) waiting.shift()
  waiting.push(response)
  if (known !== undefined) return
  waitingOn.set(socket, waiting)
  onSocketClose(socket, () => {
    for (const response of waiting.splice(0)) end(response)
  })
}

/** Whether a response is being sent on a connection. Only Node's internal property `_httpMessage` shows it. */
function isSending(socket: Socket): boolean {
  const { _httpMessage: sending } = socket as { _httpMessage?: object | null }
  return sending !== undefined && sending !== null
}

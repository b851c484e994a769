import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { attachObservation, observationOf } from '../observation/observation-registry.ts'
import { SocketObservation } from '../observation/socket-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { runAsRequest } from '../request-context/current-request.ts'
import { NOOP_TRACER } from '../tracing/request-tracer.ts'
import type { EventContext } from './event-context.ts'
import { onSocketClose } from './on-socket-close.ts'
import type { NodeHttpOptions } from './options.ts'
import { causeOfClose } from './termination-cause.ts'

/** Emits the event `upgrade` of a server; `args` are the event, the request, its socket, and the bytes after the request. */
export type EmitUpgrade = (server: Server, original: Method, args: unknown[]) => unknown

/**
 * Returns what emits `upgrade`, the event for requests that ask for another protocol, such as WebSocket. It begins the
 * trace of the request, whose span ends when the application answers the handshake. Listeners of the socket run in the
 * context of the request, and so do the handlers of WebSocket messages, which those listeners call.
 */
export function upgradeEmitter(options: NodeHttpOptions, events: EventContext): EmitUpgrade {
  const { instruments, observes, tracer = NOOP_TRACER } = options
  if (!tracer.startsServerSpans) return (server, original, args) => original(server, args)
  const begin = guard(
    'upgrade_start',
    (server: Server, request: IncomingMessage, socket: Duplex) => {
      const isExcluded = observes?.(request.url, server) === false
      const trace = tracer.startHttp1(request, server, isExcluded)
      if (trace === undefined) return undefined
      const observation = new SocketObservation(instruments, request.method, trace)
      attachObservation(request, observation)
      attachObservation(socket, observation)
      events.wrap(socket)
      observeHandshake(socket, observation)
      return observation
    },
    undefined,
  )
  return (server, original, args) => {
    const [, request, socket] = args as [string, IncomingMessage, Duplex]
    // An application may emit the event again to pass the request on to another server.
    const begun = observationOf(request) === undefined ? begin(server, request, socket) : undefined
    return begun === undefined ? original(server, args) : runAsRequest(begun, original, server, args)
  }
}

/** Reports the response to the handshake (the first data that the application writes) and the close of the connection. */
function observeHandshake(socket: Duplex, observation: SocketObservation): void {
  const undo: Undo[] = []
  const onWrite = guardVoid('upgrade_answer', (chunk: unknown) => {
    const status = statusOf(chunk)
    if (status === 'interim') return
    undoAll(undo)
    observation.handshakeAnswered(status)
  })
  for (const name of ['write', 'end'] as const) {
    undo.push(
      wrapMethod(
        socket,
        name,
        (original) =>
          function send(this: Duplex, ...args: unknown[]): unknown {
            onWrite(args[0])
            return original(this, args)
          },
      ),
    )
  }
  onSocketClose(
    socket,
    guardVoid('upgrade_end', () => observation.closed(causeOfClose(socket, false))),
  )
}

/**
 * Returns the status of the HTTP response at the start of a chunk (RFC 9112 section 4). `interim`: the response follows
 * later, because the chunk is empty or has a status of 1xx other than 101. `undefined`: the chunk is no HTTP response.
 */
function statusOf(chunk: unknown): number | 'interim' | undefined {
  const bytes = chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 12)).toString('latin1') : chunk
  if (typeof bytes !== 'string' || bytes === '') return 'interim'
  const code = Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes)?.[1])
  if (Number.isNaN(code)) return undefined
  return code < 200 && code !== 101 ? 'interim' : code
}

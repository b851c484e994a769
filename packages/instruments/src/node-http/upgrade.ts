import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { attachObservation, observationOf } from '../observation/observation-registry.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { runAsRequest } from '../request-context/current-request.ts'
import type { EventContext } from './event-context.ts'
import { onSocketClose } from './on-socket-close.ts'
import type { NodeHttpOptions } from './options.ts'
import { causeOfClose } from './termination-cause.ts'

/** Emits the event `upgrade` of a server, whose arguments are the request, its socket, and what came after the request. */
export type EmitUpgrade = (server: Server, original: Method, args: unknown[]) => unknown

/**
 * Emits requests for another protocol, such as WebSocket, as what they are: the trace of the request begins, and its span
 * lasts until the application answers the handshake, by whatever it writes to the socket. What the events of the
 * connection start later is of that request too: the messages of a WebSocket arrive by them. Nothing is measured: a
 * handshake is no request of those that the metrics of HTTP count.
 */
export function emitUpgradeOf(options: NodeHttpOptions, events: EventContext): EmitUpgrade {
  const { instruments, observes, tracing } = options
  if (tracing === undefined) return (server, original, args) => original(server, args)
  const begin = guard(
    'upgrade_start',
    (server: Server, request: IncomingMessage, socket: Duplex) => {
      const isObserved = observes?.(request.url, server) !== false
      const context = tracing.http1(request, server, !isObserved)
      if (context === undefined) return undefined
      const { method, httpVersion: protocolVersion } = request
      const scheme = 'setSecureContext' in server ? 'https' : 'http'
      const handshake = new RequestObservation(instruments, { method, scheme, protocolVersion }, true)
      handshake.setOwnedSpan(context)
      attachObservation(request, handshake)
      attachObservation(socket, handshake)
      events.wrap(socket)
      watchAnswer(socket, handshake)
      return handshake
    },
    undefined,
  )
  return (server, original, args) => {
    const [, request, socket] = args as [string, IncomingMessage, Duplex]
    // An application passes it on by emitting it again.
    const begun = observationOf(request) === undefined ? begin(server, request, socket) : undefined
    return begun === undefined ? original(server, args) : runAsRequest(begun, original, server, args)
  }
}

/** Tells the end of a handshake: what the application writes first, or the close of a connection that it wrote not to. */
function watchAnswer(socket: Duplex, handshake: RequestObservation): void {
  const undo: (() => void)[] = []
  const onWrite = guardVoid('upgrade_answer', (chunk: unknown) => {
    const status = statusOf(chunk)
    if (status === 'interim') return
    for (const step of undo.splice(0)) step()
    handshake.end('finished', status, status ?? 0)
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
    guardVoid('upgrade_end', () => handshake.end(causeOfClose(socket, false), undefined, 0)),
  )
}

/**
 * The status of the response that a chunk begins with (RFC 9112 section 4), `interim` for one that another one follows, as
 * one does where the application ends the connection with nothing; `undefined` if it begins with something else.
 */
function statusOf(chunk: unknown): number | 'interim' | undefined {
  const bytes = chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 12)).toString('latin1') : chunk
  if (typeof bytes !== 'string' || bytes === '') return 'interim'
  const code = Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes)?.[1])
  if (Number.isNaN(code)) return undefined
  return code < 200 && code !== 101 ? 'interim' : code
}

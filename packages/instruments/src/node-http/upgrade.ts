import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { attachObservation, observationOf } from '../observation/observation-registry.ts'
import { SocketObservation } from '../observation/socket-observation.ts'
import { guard } from '../patching/guard.ts'
import type { Method } from '../patching/wrap-method.ts'
import { runInRequestContext } from '../request-context/current-request.ts'
import { NO_TRACE } from '../tracing/external-span.ts'
import { NOOP_TRACER } from '../tracing/request-tracer.ts'
import type { EventContext } from './event-context.ts'
import type { NodeHttpOptions } from './options.ts'
import { isWebSocketProtocol } from './websocket/handshake-response.ts'
import { observeSocket } from './websocket/socket-hooks.ts'

/** Emits the event `upgrade` of a server; `args` are the event, the request, its socket, and the bytes after the request. */
export type EmitUpgrade = (server: Server, original: Method, args: unknown[]) => unknown

/**
 * Returns what emits `upgrade`, the event for requests that ask for another protocol, such as WebSocket. It begins the
 * observation of the connection and, if tracing is on, the trace of the request, whose span ends when the application answers
 * the handshake. Listeners of the socket then run in the context of the request, and so do the handlers of WebSocket
 * messages, which those listeners call.
 */
export function upgradeEmitter(options: NodeHttpOptions, events: EventContext): EmitUpgrade {
  const { instruments, observes, tracer = NOOP_TRACER } = options
  if (!tracer.startsServerSpans && !instruments.measuresWebSockets)
    return (server, original, args) => original(server, args)
  const isObserved = guard('request_filter', observes ?? (() => true), true)
  const startTrace = guard('request_trace', tracer.startHttp1.bind(tracer), undefined)
  const begin = guard(
    'upgrade_start',
    (server: Server, request: IncomingMessage, socket: Duplex, head: unknown) => {
      const isExcluded = !isObserved(request.url, server)
      const asksForWebSocket = isWebSocketProtocol(request.headers.upgrade)
      const isUntraced = isExcluded || (asksForWebSocket && !tracer.tracesWebSockets)
      const trace = startTrace(request, server, isUntraced)
      const isWebSocket = asksForWebSocket && !isExcluded
      if (trace === undefined && !isWebSocket) return undefined
      const observation = new SocketObservation(instruments, {
        method: request.method,
        target: request.url,
        isWebSocket,
        trace: trace ?? { ...NO_TRACE, context: instruments.activeContext() },
        hasTrace: trace !== undefined,
      })
      attachObservation(request, observation)
      attachObservation(socket, observation)
      observeSocket(socket, head, observation, trace === undefined ? undefined : events)
      return observation
    },
    undefined,
  )
  return (server, original, args) => {
    const [, request, socket, head] = args as [string, IncomingMessage, Duplex, unknown]
    // An application may emit the event again to pass the request on to another server.
    const begun = observationOf(request) === undefined ? begin(server, request, socket, head) : undefined
    return begun === undefined ? original(server, args) : runInRequestContext(begun, original, server, args)
  }
}

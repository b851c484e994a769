import type { Server } from 'node:http'
import type { Http2Server, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { attachObservation } from '../../observation/observation-registry.ts'
import type { TerminationCause } from '../../observation/outcome.ts'
import { SocketObservation } from '../../observation/socket-observation.ts'
import { guard, guardVoid } from '../../patching/guard.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { NO_TRACE } from '../../tracing/external-span.ts'
import { NOOP_TRACER } from '../../tracing/request-tracer.ts'
import type { NodeHttpOptions } from '../options.ts'
import { headerIn } from '../response-headers.ts'
import { ConnectionHooks } from '../websocket/connection-hooks.ts'
import { extensionsOf } from '../websocket/handshake-response.ts'
import { hasClientLeft } from './stream-hooks.ts'

/** Whether a request opens a WebSocket over HTTP/2 (RFC 8441 section 5). */
export function isWebSocketHandshake(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] === 'websocket'
}

/**
 * Returns what begins the observation of a WebSocket over HTTP/2: the stream is its connection. It returns `undefined` if the
 * connection is neither measured nor traced.
 */
export function webSocketStart({ instruments, observes, tracer = NOOP_TRACER }: NodeHttpOptions) {
  const isObserved = guard('request_filter', observes ?? (() => true), true)
  const startTrace = guard('request_trace', tracer.startHttp2.bind(tracer), undefined)
  return (
    server: Http2Server,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): SocketObservation | undefined => {
    const isExcluded = !isObserved(headers[':path'], server as unknown as Server)
    const trace = startTrace(headers, stream.session?.socket, isExcluded || !tracer.tracesWebSockets)
    const isMeasured = !isExcluded && instruments.measuresWebSockets
    if (trace === undefined && !isMeasured) return undefined
    const observation = new SocketObservation(instruments, {
      method: headers[':method'],
      target: headers[':path'],
      isWebSocket: !isExcluded,
      trace: trace ?? { ...NO_TRACE, context: instruments.activeContext() },
      hasTrace: trace !== undefined,
    })
    attachObservation(stream, observation)
    observeStream(stream, observation)
    return observation
  }
}

function observeStream(stream: ServerHttp2Stream, observation: SocketObservation): void {
  observeResponse(stream, observation)
  observeConnection(stream, observation)
}

/** A status of 2xx accepts the handshake (RFC 8441 section 5). */
function observeResponse(stream: ServerHttp2Stream, observation: SocketObservation): void {
  const onHeaders = guardVoid('upgrade_answer', () => {
    const headers = stream.sentHeaders as OutgoingHttpHeaders | undefined
    const status = Number(headers?.[':status'] ?? 200)
    const extensions = extensionsOf(headerIn(headers, 'sec-websocket-extensions')?.toString())
    if (status >= 200 && status < 300) observation.accepted({ status, extensions })
    else observation.answered(status)
  })
  wrapMethod(
    stream,
    'respond',
    (original) =>
      function respond(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        const result = original(this, args)
        onHeaders()
        return result
      },
  )
}

function observeConnection(stream: ServerHttp2Stream, observation: SocketObservation): void {
  /** Set when the stream is closed before the client has ended its side: by the application, or by Node. */
  let cause: TerminationCause | undefined
  const onClose = guardVoid('http2_close', (reason: unknown) => {
    if (stream.closed || stream.destroyed || stream.readableEnded) return
    cause ??= hasClientLeft(stream, reason) ? 'client_closed' : 'server_closed'
  })
  for (const name of ['close', 'destroy'] as const) {
    wrapMethod(
      stream,
      name,
      (original) =>
        function close(this: ServerHttp2Stream, ...args: unknown[]): unknown {
          onClose(args[0])
          return original(this, args)
        },
    )
  }
  new ConnectionHooks(stream, {
    observation,
    // The prototype of the stream already runs its listeners in the context of the handshake.
    events: undefined,
    onAnswer: () => {}, // see `observeResponse`
    causeOf: (hasServerEnded) => cause ?? (hasServerEnded ? 'server_closed' : 'client_closed'),
  })
}

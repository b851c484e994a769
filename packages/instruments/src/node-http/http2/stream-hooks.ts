import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { contentDecoder } from '../../content-coding/content-decoder.ts'
import { requestObservationOf } from '../../observation/observation-registry.ts'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../../observation/outcome.ts'
import type { RequestObservation } from '../../observation/request-observation.ts'
import { guard, guardVoid } from '../../patching/guard.ts'
import { type Undo, undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { wrapBodyMethod } from '../body/body-hooks.ts'
import type { EventContext } from '../event-context.ts'
import { headerIn, isEventStream, isIdentityCoded, isJson } from '../response-headers.ts'
import { Http2Observation } from './http2-observation.ts'

/**
 * Wraps the methods of server streams that show when headers are sent, what an event stream sends, and how the response
 * ends. The channels of `node:http2` report less, and exist only from Node 22.18 on.
 * @param prototype of the streams of a server
 * @param events runs the listeners of streams
 * @returns undoes it
 */
export function wrapHttp2Stream(prototype: ServerHttp2Stream, events: EventContext): Undo {
  const undo = [
    ...(['respond', 'respondWithFD', 'respondWithFile'] as const).map((name) => wrapRespond(prototype, name)),
    ...(['write', 'end'] as const).map((name) => wrapBodyMethod(prototype, name)),
    ...(['close', 'destroy'] as const).map((name) => wrapClose(prototype, name)),
    wrapEmit(prototype, events),
  ]
  return () => undoAll(undo)
}

function wrapRespond(
  prototype: ServerHttp2Stream,
  name: 'respond' | 'respondWithFD' | 'respondWithFile',
): Undo {
  const onHeaders = guardVoid('response_headers', (stream: ServerHttp2Stream) => {
    const observation = requestObservationOf(stream)
    if (observation === undefined) return
    const headers = stream.sentHeaders as OutgoingHttpHeaders | undefined
    const status = Number(headers?.[':status'] ?? 200)
    const contentType = headerIn(headers, 'content-type')
    const isStream = isEventStream(contentType)
    const isJsonRead = !isStream && observation.readsJson && isJson(contentType)
    if (!isStream && !isJsonRead) return
    const encoding = headerIn(headers, 'content-encoding')
    const isIdentity = isIdentityCoded(encoding)
    const decoder = isIdentity ? undefined : contentDecoder(encoding)
    observation.headersSent({ status, isEventStream: isStream, isJson: isJsonRead, isIdentity, decoder })
  })
  return wrapMethod(
    prototype,
    name,
    (original, wrap) =>
      function respond(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const result = original(this, args)
        onHeaders(this)
        return result
      },
  )
}

function wrapClose(prototype: ServerHttp2Stream, name: 'close' | 'destroy'): Undo {
  const onClose = guardVoid('http2_close', (stream: ServerHttp2Stream, reason: unknown) => {
    const observation = requestObservationOf(stream)
    if (!(observation instanceof Http2Observation) || observation.closeCause !== undefined) return
    if (stream.closed || stream.destroyed) return
    observation.closeCause = hasClientLeft(stream, reason) ? 'client_closed' : 'server_closed'
  })
  return wrapMethod(
    prototype,
    name,
    (original, wrap) =>
      function close(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        onClose(this, args[0])
        return original(this, args)
      },
  )
}

/**
 * Whether a stream is closed because the client disconnected. Node itself closes the streams of a session when the
 * connection ends or breaks, or when the client sends `GOAWAY` with an error.
 */
export function hasClientLeft({ session }: ServerHttp2Stream, reason: unknown): boolean {
  if (session === undefined) return true
  const { code } = (reason ?? {}) as { readonly code?: unknown }
  const { readableEnded, errored } = session.socket
  return readableEnded || errored !== null || code === 'ERR_HTTP2_SESSION_ERROR'
}

function wrapEmit(prototype: ServerHttp2Stream, events: EventContext): Undo {
  const onIdle = guardVoid('response_end', (stream: ServerHttp2Stream) => {
    const observation = requestObservationOf(stream)
    if (observation instanceof Http2Observation) observation.closeCause = 'timed_out'
  })
  return wrapMethod(
    prototype,
    'emit',
    (original, wrap) =>
      function emit(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        if (args[0] === 'close') endStream(this)
        else if (args[0] === 'timeout') onIdle(this)
        return events.emit(this, original, args)
      },
  )
}

/** If a property of the stream cannot be read, the client is assumed to have disconnected. */
const endStream = guardVoid('response_end', (stream: ServerHttp2Stream) => {
  const observation = requestObservationOf(stream)
  if (observation === undefined) return
  const cause = closeCauseOf(observation, stream)
  const sent = sentStatus(stream)
  observation.end(cause, sent, sent ?? (cause === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500))
})

/** A stream that was closed before it finished was aborted: by this side if it recorded a cause, else by the client. */
const closeCauseOf = guard<[RequestObservation, ServerHttp2Stream], TerminationCause>(
  'response_end',
  (observation, stream) => {
    if (stream.writableFinished && stream.rstCode === 0) return 'finished'
    return (observation instanceof Http2Observation && observation.closeCause) || 'client_closed'
  },
  'client_closed',
)

const sentStatus = guard<[ServerHttp2Stream], number | undefined>(
  'response_end',
  (stream) => (stream.headersSent ? Number(stream.sentHeaders[':status'] ?? 200) : undefined),
  undefined,
)

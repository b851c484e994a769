import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { requestObservationOf } from '../../observation/observation-registry.ts'
import { CLIENT_CLOSED_REQUEST, type TerminationCause } from '../../observation/outcome.ts'
import type { RequestObservation } from '../../observation/request-observation.ts'
import { guard, guardVoid } from '../../patching/guard.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { wrapBodyMethod } from '../body/body-hooks.ts'
import { contentDecoder } from '../body/content-decoder.ts'
import type { EventContext } from '../event-context.ts'
import { headerIn, isEventStream, isIdentityCoded } from '../response-headers.ts'
import { Http2Observation } from './http2-observation.ts'

/**
 * Tells the observation of every HTTP/2 stream of a server when its headers go out, what an event stream sends, and how
 * it ends. The channels of `node:http2` tell less, and not before Node 22.18.
 * @param prototype of the streams that a server gives
 * @param events emits theirs
 * @returns undoes it
 */
export function wrapHttp2Stream(prototype: ServerHttp2Stream, events: EventContext): () => void {
  const undo = [
    ...(['respond', 'respondWithFD', 'respondWithFile'] as const).map((name) => wrapRespond(prototype, name)),
    ...(['write', 'end'] as const).map((name) => wrapBodyMethod(prototype, name)),
    ...(['close', 'destroy'] as const).map((name) => wrapClosing(prototype, name)),
    wrapEmit(prototype, events),
  ]
  return () => {
    for (const step of undo.reverse()) step()
  }
}

function wrapRespond(
  prototype: ServerHttp2Stream,
  name: 'respond' | 'respondWithFD' | 'respondWithFile',
): () => void {
  const onHeaders = guardVoid('response_headers', (stream: ServerHttp2Stream) => {
    const observation = requestObservationOf(stream)
    if (observation === undefined) return
    const headers = stream.sentHeaders as OutgoingHttpHeaders | undefined
    const status = Number(headers?.[':status'] ?? 200)
    const isStream = isEventStream(headerIn(headers, 'content-type'))
    const encoding = isStream ? headerIn(headers, 'content-encoding') : undefined
    const isIdentity = isIdentityCoded(encoding)
    const decoder = isIdentity ? undefined : contentDecoder(encoding)
    observation.headersSent({ status, isEventStream: isStream, isIdentity, decoder })
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

function wrapClosing(prototype: ServerHttp2Stream, name: 'close' | 'destroy'): () => void {
  const onClosing = guardVoid('http2_close', (stream: ServerHttp2Stream, reason: unknown) => {
    const observation = requestObservationOf(stream)
    if (!(observation instanceof Http2Observation) || observation.closedBy !== undefined) return
    if (stream.closed || stream.destroyed) return
    observation.closedBy = isClientGone(stream, reason) ? 'client_closed' : 'server_closed'
  })
  return wrapMethod(
    prototype,
    name,
    (original, wrap) =>
      function close(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        onClosing(this, args[0])
        return original(this, args)
      },
  )
}

/**
 * Whether a stream that is being closed here has lost its client: Node itself closes the streams of a session whose
 * connection has ended or broken, or whose client has said that it failed (`GOAWAY` with an error).
 */
function isClientGone({ session }: ServerHttp2Stream, reason: unknown): boolean {
  if (session === undefined) return true
  const { code } = (reason ?? {}) as { readonly code?: unknown }
  const { readableEnded, errored } = session.socket
  return readableEnded || errored !== null || code === 'ERR_HTTP2_SESSION_ERROR'
}

function wrapEmit(prototype: ServerHttp2Stream, events: EventContext): () => void {
  const onIdle = guardVoid('response_end', (stream: ServerHttp2Stream) => {
    const observation = requestObservationOf(stream)
    if (observation instanceof Http2Observation) observation.closedBy = 'timed_out'
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

/** What cannot be read of the stream is taken for what is most likely: a client that left. */
const endStream = guardVoid('response_end', (stream: ServerHttp2Stream) => {
  const observation = requestObservationOf(stream)
  if (observation === undefined) return
  const ending = endingOf(observation, stream)
  const sent = sentStatus(stream)
  observation.end(ending, sent, sent ?? (ending === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500))
})

/** A stream is aborted if it was closed while it could still be written to; by whom, only the side that did it shows. */
const endingOf = guard<[RequestObservation, ServerHttp2Stream], TerminationCause>(
  'response_end',
  (observation, stream) => {
    if (stream.writableFinished && stream.rstCode === 0) return 'finished'
    return (observation instanceof Http2Observation && observation.closedBy) || 'client_closed'
  },
  'client_closed',
)

const sentStatus = guard<[ServerHttp2Stream], number | undefined>(
  'response_end',
  (stream) => (stream.headersSent ? Number(stream.sentHeaders[':status'] ?? 200) : undefined),
  undefined,
)

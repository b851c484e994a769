import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { observationOf } from '../observation/attached.ts'
import type { Ending } from '../observation/outcome.ts'
import { CLIENT_CLOSED_REQUEST } from '../observation/outcome.ts'
import { wrapSending } from './chunk.ts'
import { guardVoid } from './guard.ts'
import { headerIn, isEventStream, isIdentityCoded } from './http-headers.ts'
import type { RequestEvents } from './request-events.ts'
import { wrapMethod } from './wrap-method.ts'

/** How streams ended that were not closed by the client's own word (`RST_STREAM`). */
const endings = new WeakMap<ServerHttp2Stream, Ending>()

/**
 * Tells the observation of every HTTP/2 stream of a server when its headers go out, what an event stream sends, and how
 * it ends. The channels of `node:http2` tell less, and not before Node 22.18.
 * @param prototype of the streams that a server gives
 * @param events emits theirs
 * @returns undoes it
 */
export function wrapHttp2Stream(prototype: ServerHttp2Stream, events: RequestEvents): () => void {
  const undo = [
    ...(['respond', 'respondWithFD', 'respondWithFile'] as const).map((name) => wrapRespond(prototype, name)),
    ...(['write', 'end'] as const).map((name) => wrapSending(prototype, name)),
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
  const onHeaders = guardVoid('headers of HTTP/2', (stream: ServerHttp2Stream) => {
    const headers = stream.sentHeaders as OutgoingHttpHeaders | undefined
    const status = Number(headers?.[':status'] ?? 200)
    const isStream = isEventStream(headerIn(headers, 'content-type'))
    const isIdentity = !isStream || isIdentityCoded(headerIn(headers, 'content-encoding'))
    observationOf(stream)?.headersSent({ status, isEventStream: isStream, isIdentity })
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
  const onClosing = guardVoid('closing of HTTP/2', (stream: ServerHttp2Stream, reason: unknown) => {
    if (stream.closed || stream.destroyed || endings.has(stream)) return
    endings.set(stream, isClientGone(stream, reason) ? 'client_closed' : 'server_closed')
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

function wrapEmit(prototype: ServerHttp2Stream, events: RequestEvents): () => void {
  const onEvent = guardVoid('end of HTTP/2', (stream: ServerHttp2Stream, event: unknown) => {
    if (event === 'timeout') endings.set(stream, 'timed_out')
    if (event !== 'close') return
    const ending = endingOf(stream)
    const sent = stream.headersSent ? Number(stream.sentHeaders[':status'] ?? 200) : undefined
    const missing = ending === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500
    observationOf(stream)?.end(ending, sent, sent ?? missing)
  })
  return wrapMethod(
    prototype,
    'emit',
    (original, wrap) =>
      function emit(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        onEvent(this, args[0])
        return events.emit(this, original, args)
      },
  )
}

/** A stream is aborted if it was closed while it could still be written to; by whom, only the side that did it shows. */
function endingOf(stream: ServerHttp2Stream): Ending {
  if (stream.writableFinished && stream.rstCode === 0) return 'finished'
  return endings.get(stream) ?? 'client_closed'
}

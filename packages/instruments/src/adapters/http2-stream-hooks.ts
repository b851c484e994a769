import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { observationOf } from '../observation/attached.ts'
import type { Ending } from '../observation/outcome.ts'
import { CLIENT_CLOSED_REQUEST } from '../observation/outcome.ts'
import { wrapSending } from './chunk.ts'
import { guardVoid } from './guard.ts'
import { headerIn, isEventStream, isIdentityCoded } from './http-headers.ts'
import { wrapMethod } from './wrap-method.ts'

/** Streams that the application itself has closed or destroyed, or whose time was up. */
const endedHere = new WeakMap<ServerHttp2Stream, 'server_closed' | 'timed_out'>()

/**
 * Tells the observation of every HTTP/2 stream of a server when its headers go out, what an event stream sends, and how
 * it ends. The channels of `node:http2` tell less, and not before Node 22.18.
 * @param prototype of the streams that a server gives
 * @returns undoes it
 */
export function wrapHttp2Stream(prototype: ServerHttp2Stream): () => void {
  const undo = [
    ...(['respond', 'respondWithFD', 'respondWithFile'] as const).map((name) => wrapRespond(prototype, name)),
    ...(['write', 'end'] as const).map((name) => wrapSending(prototype, name)),
    ...(['close', 'destroy'] as const).map((name) => wrapClosing(prototype, name)),
    wrapEmit(prototype),
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
    (original) =>
      function respond(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        const result = Reflect.apply(original, this, args)
        onHeaders(this)
        return result
      },
  )
}

function wrapClosing(prototype: ServerHttp2Stream, name: 'close' | 'destroy'): () => void {
  return wrapMethod(
    prototype,
    name,
    (original) =>
      function close(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        if (isOpen(this) && !endedHere.has(this)) endedHere.set(this, 'server_closed')
        return Reflect.apply(original, this, args)
      },
  )
}

/** Node itself closes the streams of a session whose connection is gone. */
function isOpen({ closed, destroyed, session }: ServerHttp2Stream): boolean {
  return !closed && !destroyed && session !== undefined && !session.closed && !session.destroyed
}

function wrapEmit(prototype: ServerHttp2Stream): () => void {
  const onEvent = guardVoid('end of HTTP/2', (stream: ServerHttp2Stream, event: unknown) => {
    if (event === 'timeout') endedHere.set(stream, 'timed_out')
    if (event !== 'close') return
    const ending = endingOf(stream)
    const sent = stream.headersSent ? Number(stream.sentHeaders[':status'] ?? 200) : undefined
    const missing = ending === 'client_closed' ? CLIENT_CLOSED_REQUEST : 500
    observationOf(stream)?.end(ending, sent, sent ?? missing)
  })
  return wrapMethod(
    prototype,
    'emit',
    (original) =>
      function emit(this: ServerHttp2Stream, ...args: unknown[]): unknown {
        onEvent(this, args[0])
        return Reflect.apply(original, this, args)
      },
  )
}

/** A stream is aborted if it was closed while it could still be written to; by whom, only the side that did it shows. */
function endingOf(stream: ServerHttp2Stream): Ending {
  if (stream.writableFinished && stream.rstCode === 0) return 'finished'
  return endedHere.get(stream) ?? 'client_closed'
}

import type { ServerResponse } from 'node:http'
import { observationOf } from '../observation/attached.ts'
import { wrapSending } from './chunk.ts'
import { guardVoid } from './guard.ts'
import { missingStatus, unfinishedEnding } from './http-ending.ts'
import { isEventStream, isIdentityCoded, sentHeader } from './http-headers.ts'
import type { RequestEvents } from './request-events.ts'
import { wrapMethod } from './wrap-method.ts'

/**
 * Tells the observation of every response when its headers go out, what a stream sends, and how it ends. No channel
 * tells any of it, and a listener on the response could be counted by the application, so its methods are wrapped.
 * @returns undoes it
 */
export function wrapResponse(prototype: ServerResponse, events: RequestEvents): () => void {
  const undo = [
    wrapWriteHead(prototype),
    wrapSending(prototype, 'write'),
    wrapSending(prototype, 'end'),
    wrapEmit(prototype, events),
  ]
  return () => {
    for (const step of undo.reverse()) step()
  }
}

/** Every response passes `writeHead`, also where the application never calls it. */
function wrapWriteHead(prototype: ServerResponse): () => void {
  const onHeaders = guardVoid(
    'headers of a response',
    (response: ServerResponse, args: readonly unknown[]) => {
      const observation = observationOf(response)
      if (observation === undefined) return
      const { statusCode: status } = response
      const isStream = isEventStream(sentHeader(response, args, 'content-type'))
      const isIdentity = !isStream || isIdentityCoded(sentHeader(response, args, 'content-encoding'))
      observation.headersSent({ status, isEventStream: isStream, isIdentity })
    },
  )
  return wrapMethod(
    prototype,
    'writeHead',
    (original, wrap) =>
      function writeHead(this: ServerResponse, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const result = original(this, args)
        onHeaders(this, args)
        return result
      },
  )
}

/** Responses whose connection was idle for longer than the server allows. */
const idle = new WeakSet<ServerResponse>()

/** Tells the observation of a response, if it has one, that it ended; `closed`: before all of it was handed over. */
export const endResponse = guardVoid(
  'end of a response',
  (response: ServerResponse, how: 'finished' | 'closed') => {
    const observation = observationOf(response)
    if (observation === undefined) return // such as a response that no server gave
    const ending = how === 'finished' ? how : unfinishedEnding(response.req.socket, idle.has(response))
    const sent = response.headersSent ? response.statusCode : undefined
    observation.end(ending, sent, sent ?? missingStatus(response, ending))
  },
)

/**
 * `close` comes for every response but some that are pipelined, and `finish` before it if all of it was handed to
 * the operating system.
 */
function wrapEmit(prototype: ServerResponse, events: RequestEvents): () => void {
  return wrapMethod(
    prototype,
    'emit',
    (original, wrap) =>
      function emit(this: ServerResponse, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const event = args[0]
        if (event === 'finish') endResponse(this, 'finished')
        else if (event === 'close') endResponse(this, 'closed')
        else if (event === 'timeout') idle.add(this)
        return events.emit(this, original, args)
      },
  )
}

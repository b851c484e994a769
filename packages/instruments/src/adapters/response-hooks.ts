import type { ServerResponse } from 'node:http'
import { observationOf } from '../observation/attached.ts'
import { guardVoid } from './guard.ts'
import { statusOf, unfinishedEnding } from './http-ending.ts'
import { isEventStream, sentContentType } from './http-headers.ts'
import { wrapMethod } from './wrap-method.ts'

/**
 * Tells the observation of every response when its headers go out and how it ends. No channel tells either, and a
 * listener on the response could be counted by the application, so its methods are wrapped.
 * @returns undoes it
 */
export function wrapResponse(prototype: ServerResponse): () => void {
  const undo = [wrapWriteHead(prototype), wrapEmit(prototype)]
  return () => {
    for (const step of undo) step()
  }
}

/** Every response passes `writeHead`, also where the application never calls it. */
function wrapWriteHead(prototype: ServerResponse): () => void {
  const onHeaders = guardVoid(
    'headers of a response',
    (response: ServerResponse, args: readonly unknown[]) => {
      const observation = observationOf(response)
      if (observation === undefined) return
      const isStream = hasBody(response) && isEventStream(sentContentType(response, args))
      observation.headersSent(response.statusCode, isStream)
    },
  )
  return wrapMethod(
    prototype,
    'writeHead',
    (original) =>
      function writeHead(this: ServerResponse, ...args: unknown[]): unknown {
        const result = Reflect.apply(original, this, args)
        onHeaders(this, args)
        return result
      },
  )
}

function hasBody({ req, statusCode }: ServerResponse): boolean {
  return req.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
}

/** `close` comes for every response, `finish` before it if all of it was handed to the operating system. */
function wrapEmit(prototype: ServerResponse): () => void {
  const onEnd = guardVoid('end of a response', (response: ServerResponse, event: 'finish' | 'close') => {
    const ending = event === 'finish' ? 'finished' : unfinishedEnding(response)
    observationOf(response)?.end(ending, statusOf(response, ending))
  })
  return wrapMethod(
    prototype,
    'emit',
    (original) =>
      function emit(this: ServerResponse, ...args: unknown[]): unknown {
        if (args[0] === 'finish' || args[0] === 'close') onEnd(this, args[0])
        return Reflect.apply(original, this, args)
      },
  )
}

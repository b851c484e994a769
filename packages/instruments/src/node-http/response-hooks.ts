import type { ServerResponse } from 'node:http'
import { contentDecoder } from '../content-coding/content-decoder.ts'
import { requestObservationOf } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { wrapBodyMethod } from './body/body-hooks.ts'
import { wrapDetachSocket } from './detached-responses.ts'
import { endResponse } from './end-response.ts'
import type { EventContext } from './event-context.ts'
import { Http1Observation } from './http1-observation.ts'
import { isEventStream, isIdentityCoded, isJson, sentHeader } from './response-headers.ts'

/**
 * Wraps the methods of responses that show when headers are sent, what an event stream sends, and how the response ends.
 * No channel reports these, and the application could count listeners on the response.
 * @param events runs the listeners of responses
 * @returns undoes it
 */
export function wrapResponse(prototype: ServerResponse, events: EventContext): Undo {
  const undo = [
    wrapWriteHead(prototype),
    wrapBodyMethod(prototype, 'write'),
    wrapBodyMethod(prototype, 'end'),
    wrapDetachSocket(prototype, (response) => endResponse(response, 'closed')),
    wrapEmit(prototype, events),
  ]
  return () => undoAll(undo)
}

/** Node calls `writeHead` for every response, also where the application does not. */
function wrapWriteHead(prototype: ServerResponse): Undo {
  const onHeaders = guardVoid('response_headers', (response: ServerResponse, args: readonly unknown[]) => {
    const observation = requestObservationOf(response)
    if (observation === undefined) return
    const { statusCode: status } = response
    const contentType = sentHeader(response, args, 'content-type')
    const isStream = isEventStream(contentType)
    const isJsonRead = !isStream && observation.readsJson && isJson(contentType)
    if (!isStream && !isJsonRead) return
    const encoding = sentHeader(response, args, 'content-encoding')
    const isIdentity = isIdentityCoded(encoding)
    const decoder = isIdentity ? undefined : contentDecoder(encoding)
    observation.headersSent({ status, isEventStream: isStream, isJson: isJsonRead, isIdentity, decoder })
  })
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

/**
 * Every response emits `close`, except some that are pipelined or detached. It emits `finish` before that if all data was
 * passed to the operating system.
 */
function wrapEmit(prototype: ServerResponse, events: EventContext): Undo {
  const onIdle = guardVoid('response_end', (response: ServerResponse) => {
    const observation = requestObservationOf(response)
    if (observation instanceof Http1Observation) observation.isIdle = true
  })
  return wrapMethod(
    prototype,
    'emit',
    (original, wrap) =>
      function emit(this: ServerResponse, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        const event = args[0]
        if (event === 'finish') endResponse(this, 'finished')
        else if (event === 'close') endResponse(this, 'closed')
        else if (event === 'timeout') onIdle(this)
        return events.emit(this, original, args)
      },
  )
}

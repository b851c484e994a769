import type { ServerResponse } from 'node:http'
import { guardVoid } from '../patching/guard.ts'
import { endResponse } from './end-response.ts'

/** Internals of Node: the sockets of the event loop, and the response that a socket of a server sends. */
interface ProcessHandles {
  _getActiveHandles?(): readonly { readonly _httpMessage?: Partial<ServerResponse> | null }[]
}

/**
 * Ends the observations of the HTTP/1 responses whose bytes the operating system has taken, but whose event `finish` is still to come.
 * Called when the process exits: an application may call `process.exit()` right after `response.end()`, or in its callback.
 * Costs nothing before.
 */
export const endWrittenResponses = guardVoid('response_end', () => {
  for (const { _httpMessage: message } of (process as ProcessHandles)._getActiveHandles?.() ?? []) {
    if (message?.writableEnded === true && message.writableLength === 0)
      endResponse(message as ServerResponse, 'finished')
  }
})

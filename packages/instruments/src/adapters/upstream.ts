import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { UpstreamResult } from '../observation/outcome.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { currentRequest } from './current-request.ts'
import { guardVoid } from './guard.ts'

/** The request that an outgoing call was made for, by the object that stands for the call on its channels. */
const callers = new WeakMap<object, RequestObservation>()

const begin = (call: object): void => {
  const caller = currentRequest()
  if (caller !== undefined) callers.set(call, caller)
}

const end = (call: object, result: UpstreamResult | undefined): void => {
  if (result !== undefined) callers.get(call)?.setUpstreamResult(result)
}

/** By channel: what it publishes, and what that says of the call. */
const CHANNELS: Readonly<Record<string, (message: never) => void>> = {
  'undici:request:create': ({ request }: { request: object }) => begin(request),
  'undici:request:headers': ({ request, response }: { request: object; response: { statusCode: number } }) =>
    end(request, resultOfStatus(response.statusCode)),
  'undici:request:error': ({ request, error }: { request: object; error: unknown }) =>
    end(request, resultOfError(error)),
  'http.client.request.created': ({ request }: { request: ClientRequest }) => begin(request),
  'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) =>
    end(request, resultOfError(error)),
  'http.client.response.finish': ({
    request,
    response,
  }: {
    request: ClientRequest
    response: IncomingMessage
  }) => {
    if (!callers.has(request)) return
    end(request, resultOfStatus(response.statusCode ?? 0))
    // The channel means that the headers are there; that the body broke off is only an error of the response.
    response.on(errorMonitor, (error) => end(request, resultOfError(error)))
  },
}

/**
 * Tells every request how the calls end that the application makes while it handles it, by `fetch`, undici or
 * `node:http`: a stream whose engine failed did not complete, however politely the gateway ends it.
 * @returns undoes it
 */
export function observeUpstream(): () => void {
  const listeners = Object.entries(CHANNELS).map(([name, hook]) => {
    const listener = guardVoid(`channel ${name}`, (message: unknown) => hook(message as never))
    subscribe(name, listener)
    return [name, listener] as const
  })
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}

function resultOfStatus(status: number): UpstreamResult | undefined {
  if (status < 200) return undefined // early hints come before the answer
  return status >= 500 || status === 429 ? 'failed' : 'ok'
}

const TIME_LIMITS: ReadonlySet<unknown> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])

/** `undefined` for a call that the application gave up itself: that says nothing of the engine. */
function resultOfError(error: unknown): UpstreamResult | undefined {
  const { name, code, cause } = (error ?? {}) as {
    name?: unknown
    code?: unknown
    cause?: { name?: unknown }
  }
  if (name === 'TimeoutError' || cause?.name === 'TimeoutError' || TIME_LIMITS.has(code)) return 'timed_out'
  return name === 'AbortError' ? undefined : 'failed'
}

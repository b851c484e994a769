import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { observeClientCalls } from '../client/observe-calls.ts'
import { attachObservation } from '../observation/observation-registry.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { endResponse } from './end-response.ts'
import { EventContext } from './event-context.ts'
import { Http1Observation } from './http1-observation.ts'
import { observeHttp2 } from './http2/observe-http2.ts'
import type { NodeHttpOptions } from './options.ts'
import { trackPipelined } from './pipelined-responses.ts'
import { wrapResponse } from './response-hooks.ts'
import { ServerEmit } from './server-emit.ts'
import { upgradeEmitter } from './upgrade.ts'

/** A module with a class of servers, which are observed from their first request on. */
export interface HttpModule {
  readonly Server: { readonly prototype: Server }
}

/** `node:http`, whose requests and responses those of `node:https` are too. */
export interface NodeHttpModule extends HttpModule {
  readonly IncomingMessage: { readonly prototype: IncomingMessage }
  readonly ServerResponse: { readonly prototype: ServerResponse }
}

const REQUEST_START = 'http.server.request.start'

const endClosed = (response: ServerResponse): void => endResponse(response, 'closed')

interface RequestStartMessage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly server: Server
  readonly socket: Socket
}

/** An observation of all servers that can be ended. */
export interface NodeHttpObservation {
  /** Undoes all of it. */
  stop(): void
}

/**
 * Observes the requests of every `node:http` and `node:https` server of the process, also of those made earlier, and
 * of every server of `node:http2` that begins to listen from now on.
 *
 * A request begins at the channel `http.server.request.start`, which also sees what Node answers by itself
 * (a missing `Host`, an unknown `Expect`). No channel tells when headers go out, nor that a client left, so
 * `ServerResponse.prototype.writeHead` and `.emit` are wrapped: no listener is added that an application could
 * count. `emit` of requests is wrapped too, so that the listeners of both run as the request.
 * `Server.prototype.emit` is wrapped for the interceptor, to begin the trace of a request, and to learn the context that
 * somebody else's instrumentation puts around the listener.
 *
 * @param modules `node:http`, and after it `node:https` only if it is loaded anyway: it brings TLS. A server of a
 *   class that is not among them is wrapped at its first request.
 */
export function observeNodeHttp(
  modules: readonly [NodeHttpModule, ...HttpModule[]],
  options: NodeHttpOptions,
): NodeHttpObservation {
  const undo: (() => void)[] = []
  const events = new EventContext(options.instruments)
  const serverEmit = new ServerEmit(options, upgradeEmitter(options, events))
  const [{ IncomingMessage, ServerResponse }] = modules
  for (const { Server } of modules) {
    undo.push(serverEmit.lookInside(Server.prototype, ServerResponse.prototype))
    undo.push(serverEmit.wrap(Server.prototype))
  }
  undo.push(
    () => events.stop(),
    events.wrap(IncomingMessage.prototype),
    wrapResponse(ServerResponse.prototype, events),
    observeClientCalls(options.instruments, options.tracer),
    observeHttp2(options, serverEmit, events),
  )
  const wrapServer = guardVoid('server_wrap', (server: Server) => {
    if (!ServerEmit.isWrapped(server)) undo.push(serverEmit.wrap(ServerEmit.targetOf(server)))
  })
  const isObserved = guard('request_filter', options.observes ?? (() => true), true)
  const begin = guardVoid('request_start', ({ request, response, server, socket }: RequestStartMessage) => {
    wrapServer(server)
    if (!isObserved(request.url, server)) return
    const arrived = {
      method: request.method,
      scheme: 'setSecureContext' in server ? 'https' : 'http',
      protocolVersion: request.httpVersion,
    } as const
    attachObservation(request, new Http1Observation(options.instruments, arrived, socket)) // its response is found by it
    trackPipelined(response, socket, endClosed)
  })
  const onStart = (message: unknown): void => begin(message as RequestStartMessage)
  subscribe(REQUEST_START, onStart)
  undo.push(() => unsubscribe(REQUEST_START, onStart))
  return {
    stop() {
      for (const step of undo.splice(0).reverse()) step()
    },
  }
}

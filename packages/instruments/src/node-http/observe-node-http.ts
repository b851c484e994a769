import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { observeClientCalls } from '../client/observe-calls.ts'
import { attachObservation } from '../observation/observation-registry.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { endResponse } from './end-response.ts'
import { EventContext } from './event-context.ts'
import { Http1Observation } from './http1-observation.ts'
import { observeHttp2 } from './http2/observe-http2.ts'
import { onServerListening } from './on-server-listening.ts'
import type { NodeHttpOptions } from './options.ts'
import { trackPipelined } from './pipelined-responses.ts'
import { wrapResponse } from './response-hooks.ts'
import { isHttp2Server, ServerEmit } from './server-emit.ts'
import { upgradeEmitter } from './upgrade.ts'

/** A module with a server class. Its servers are observed from their first request on. */
export interface HttpModule {
  /** The method `emit` of its prototype is wrapped. */
  readonly Server: { readonly prototype: Server }
}

/** `node:http`. `node:https` uses its classes for requests and responses too. */
export interface NodeHttpModule extends HttpModule {
  /** Class of requests. */
  readonly IncomingMessage: { readonly prototype: IncomingMessage }
  /** Class of responses. Methods of its prototype are wrapped. */
  readonly ServerResponse: { readonly prototype: ServerResponse }
}

/** Returned by {@link observeNodeHttp}. */
export interface NodeHttpObservation {
  /** Stops the observation and removes its hooks. */
  stop(): void
}

/** The channel that Node publishes each request on, those that it answers itself included. */
const REQUEST_START = 'http.server.request.start'

interface RequestStart {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly server: Server
  readonly socket: Socket
}

/**
 * Observes the requests of every `node:http` and `node:https` server of the process, servers that exist already included,
 * and of every `node:http2` server that starts to listen from now on. Also observes the application's outgoing calls.
 *
 * A request starts on the channel `http.server.request.start`. The channel also has the requests that Node answers
 * itself (a missing `Host`, an unknown `Expect`). No channel reports that headers are sent or that a client disconnects,
 * and the application could count listeners. So these methods are wrapped:
 * - `ServerResponse.prototype.writeHead`, `write`, `end` and `emit` report headers, event streams and the end.
 * - `emit` of requests and responses runs their listeners in the context of the request.
 * - `Server.prototype.emit` calls the interceptor, begins the trace of a request, or reads the context that another
 *   instrumentation sets.
 *
 * @param modules `node:http`; then `node:https` if it is loaded anyway, since it loads TLS. A server of another class is
 *   wrapped when it listens, or at its first request.
 */
export function observeNodeHttp(
  modules: readonly [NodeHttpModule, ...HttpModule[]],
  options: NodeHttpOptions,
): NodeHttpObservation {
  const undo: Undo[] = []
  try {
    installHooks(modules, options, undo)
  } catch (error) {
    undoAll(undo)
    throw error
  }
  return { stop: () => undoAll(undo) }
}

/** @param undo receives the undo function of each hook, also of those that are installed later */
function installHooks(
  modules: readonly [NodeHttpModule, ...HttpModule[]],
  options: NodeHttpOptions,
  undo: Undo[],
): void {
  const events = new EventContext(options.instruments)
  const serverEmit = new ServerEmit(options, upgradeEmitter(options, events))
  const [{ IncomingMessage, ServerResponse }] = modules
  for (const { Server } of modules) {
    undo.push(serverEmit.captureContexts(Server.prototype, ServerResponse.prototype))
    undo.push(serverEmit.wrap(Server.prototype))
  }
  undo.push(() => events.stop())
  undo.push(events.wrap(IncomingMessage.prototype))
  undo.push(wrapResponse(ServerResponse.prototype, events))
  undo.push(observeClientCalls(options.instruments, options.tracer))
  undo.push(observeHttp2(options, serverEmit, events))
  const wrapServer = guardVoid('server_wrap', (server: Server) => {
    if (!ServerEmit.isWrapped(server)) undo.push(serverEmit.wrap(ServerEmit.targetOf(server)))
  })
  undo.push(onRequestStart(options, wrapServer))
  // The channel of requests does not have upgrades: the only request of a WebSocket server over TLS may be one.
  undo.push(
    onServerListening((server) => {
      if ('closeAllConnections' in server && !isHttp2Server(server)) wrapServer(server as Server)
    }),
  )
}

function onRequestStart(
  { instruments, observes = () => true }: NodeHttpOptions,
  wrapServer: (server: Server) => void,
): Undo {
  const isObserved = guard('request_filter', observes, true)
  const begin = guardVoid('request_start', ({ request, response, server, socket }: RequestStart) => {
    wrapServer(server)
    if (!isObserved(request.url, server)) return
    const incoming = {
      method: request.method,
      scheme: 'setSecureContext' in server ? 'https' : 'http',
      protocolVersion: request.httpVersion,
      target: request.url,
    } as const
    // The observation of a response is found through its request.
    attachObservation(request, new Http1Observation(instruments, incoming, socket))
    trackPipelined(response, socket, endClosed)
  })
  const listener = (message: unknown): void => begin(message as RequestStart)
  subscribe(REQUEST_START, listener)
  return () => unsubscribe(REQUEST_START, listener)
}

const endClosed = (response: ServerResponse): void => endResponse(response, 'closed')

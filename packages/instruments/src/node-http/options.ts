import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { RequestTracer } from '../tracing/request-tracer.ts'

/** Options of `observeNodeHttp`. */
export interface NodeHttpOptions {
  /** Records the measurements. */
  readonly instruments: GatewayInstruments
  /** Returns whether a request is measured, given its target (path and query) and its server. Default: all requests are. */
  readonly observes?: (target: string | undefined, server: Server) => boolean
  /** Called for every request before the application; requests that it handles are neither measured nor traced. */
  readonly intercept?: Interceptor
  /**
   * Traces requests and outgoing calls. Default: {@link NOOP_TRACER}; then measurements are recorded in the context that
   * another instrumentation sets, and its server spans get the route, the error and the totals of event streams.
   */
  readonly tracer?: RequestTracer
}

/** Returns the handler of a request that does not reach the application; `undefined`: the application handles it. */
export type Interceptor = (target: string | undefined, server: Server) => RequestHandler | undefined

/** Handles a request instead of the application. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

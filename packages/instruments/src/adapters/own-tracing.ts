import type { IncomingMessage, Server } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { Context } from '@opentelemetry/api'

/**
 * Begins the traces of the requests that no instrumentation sees. Each gives the context of the request, with its span or,
 * if it is not sampled, the ids of its trace; `undefined` if that failed. `isExcluded` means that it is not traced
 * whatever its caller says.
 */
export interface OwnTracing {
  /** For another protocol, on a server of HTTP/2, or with an `Expect` that the application looks at. */
  readonly http1: (request: IncomingMessage, server: Server, isExcluded: boolean) => Context | undefined
  readonly http2: (headers: IncomingHttpHeaders, isExcluded: boolean) => Context | undefined
}

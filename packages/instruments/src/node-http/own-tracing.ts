import type { IncomingMessage, Server } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { Context } from '@opentelemetry/api'

/**
 * Begins the traces of requests. Each method returns the context of the request, with its span or, if it is not sampled,
 * the ids of its trace. `isExcluded` means that it is not traced whatever its caller says.
 */
export interface OwnTracing {
  /** Of HTTP/1, on any server, also one for another protocol or with an `Expect` that the application looks at. */
  readonly http1: (request: IncomingMessage, server: Server, isExcluded: boolean) => Context
  readonly http2: (
    headers: IncomingHttpHeaders,
    peer: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined,
    isExcluded: boolean,
  ) => Context
}

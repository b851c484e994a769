import type { ClientRequest, IncomingMessage, Server } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { Context } from '@opentelemetry/api'
import type { HttpCallTrace, RequestTrace, RequestTracer } from '@vr/otel-instruments'
import type { ClientTracer } from './client-tracer.ts'
import type { Peer, ServerTracer } from './server-tracer.ts'

/** The `RequestTracer` of this package: server traces by {@link ServerTracer}, outgoing calls by {@link ClientTracer}. */
export class GatewayTracer implements RequestTracer {
  readonly startsServerSpans = true
  readonly tracesWebSockets: boolean
  readonly #server: ServerTracer
  readonly #client: ClientTracer

  constructor(server: ServerTracer, client: ClientTracer, tracesWebSockets: boolean) {
    this.tracesWebSockets = tracesWebSockets
    this.#server = server
    this.#client = client
  }

  startHttp1(request: IncomingMessage, server: Server, isExcluded: boolean): RequestTrace {
    return this.#server.startHttp1(request, server, isExcluded)
  }

  startHttp2(headers: IncomingHttpHeaders, peer: Peer | undefined, isExcluded: boolean): RequestTrace {
    return this.#server.startHttp2(headers, peer, isExcluded)
  }

  startHttpCall(request: ClientRequest, active: Context): HttpCallTrace | undefined {
    return this.#client.startHttpCall(request, active)
  }

  startUndiciCall(request: object, active: Context, resendCount: number): Context | undefined {
    return this.#client.startUndiciCall(request, active, resendCount)
  }
}

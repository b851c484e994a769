import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Attributes } from '@opentelemetry/api'
import { DEFAULT_PORTS, sentHeader, serverOfRequest } from '@vr/otel-instruments/internal'
import { methodAttributes } from './http-method.ts'
import { absoluteUrl } from './request-target.ts'

/** Returns the attributes of the server. `server.port` may be a default until there is a connection; see `serverOfRequest`. */
export function serverAttributes(request: ClientRequest): Attributes {
  const { address, port } = serverOfRequest(request)
  return {
    'server.address': address,
    'server.port': port,
    'url.full': urlOf(request, address, port),
  }
}

/** Returns the attributes that the HTTP semantic conventions require at the start of a client span. */
export function requestAttributes(request: ClientRequest, knownMethods: ReadonlySet<string>): Attributes {
  const userAgent = sentHeader(request, 'user-agent')
  return {
    ...methodAttributes(request.method, knownMethods),
    ...serverAttributes(request),
    ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent }),
  }
}

/** Returns the attributes that are known when the headers of the response have arrived. */
export function responseAttributes({ statusCode = 0, httpVersion, socket }: IncomingMessage): Attributes {
  return {
    'http.response.status_code': statusCode,
    'network.protocol.version': httpVersion,
    ...(socket?.remoteAddress === undefined ? {} : { 'network.peer.address': socket.remoteAddress }),
    ...(socket?.remotePort === undefined ? {} : { 'network.peer.port': socket.remotePort }),
    ...(statusCode < 400 ? {} : { 'error.type': String(statusCode) }),
  }
}

/**
 * Returns the absolute URL of a request, which is the target of a request to a proxy. It contains no credentials: Node has
 * moved those of a URL to a header.
 */
function urlOf({ protocol, path, method }: ClientRequest, address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address
  const origin = `${protocol}//${host}${port === DEFAULT_PORTS[protocol] ? '' : `:${port}`}`
  // The target of `CONNECT` is another host, and that of `OPTIONS *` is no resource (RFC 9112 sections 3.2.3, 3.2.4).
  return method === 'CONNECT' || path === '*' ? origin : absoluteUrl(origin, path)
}

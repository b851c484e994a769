import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Attributes } from '@opentelemetry/api'
import { sentHeader, serverOfRequest } from '@vr/otel-instruments/internal'
import { methodAttributes } from './http-method.ts'
import { absoluteUrl } from './request-target.ts'

/** Where a request goes; `server.port` is only known for certain once there is a connection (`serverOfRequest`). */
export function serverAttributes(request: ClientRequest): Attributes {
  const { address, port } = serverOfRequest(request)
  return {
    'server.address': address,
    'server.port': port,
    'url.full': urlOf(request, address, port),
  }
}

/** The attributes that the HTTP semantic conventions ask for at the start of a client span. */
export function requestAttributes(request: ClientRequest, knownMethods: ReadonlySet<string>): Attributes {
  const userAgent = sentHeader(request, 'user-agent')
  return {
    ...methodAttributes(request.method, knownMethods),
    ...serverAttributes(request),
    ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent }),
  }
}

/** What is known of a call when the headers of its answer are there. */
export function responseAttributes({ statusCode = 0, httpVersion, socket }: IncomingMessage): Attributes {
  return {
    'http.response.status_code': statusCode,
    'network.protocol.version': httpVersion,
    ...(socket?.remoteAddress === undefined ? {} : { 'network.peer.address': socket.remoteAddress }),
    ...(socket?.remotePort === undefined ? {} : { 'network.peer.port': socket.remotePort }),
    ...(statusCode < 400 ? {} : { 'error.type': String(statusCode) }),
  }
}

const STANDARD_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * The absolute URL of a request. What Node was given has no user in it by then: that is a header. A request to a proxy has
 * it for its target.
 */
function urlOf({ protocol, path, method }: ClientRequest, address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address
  const origin = `${protocol}//${host}${port === STANDARD_PORTS[protocol] ? '' : `:${port}`}`
  // `CONNECT` names another host, and `OPTIONS *` no resource (RFC 9112 sections 3.2.3 and 3.2.4).
  return method === 'CONNECT' || path === '*' ? origin : absoluteUrl(origin, path)
}

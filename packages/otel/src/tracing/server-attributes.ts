import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Attributes } from '@opentelemetry/api'
import { type Forwarded, readForwarded } from './forwarded.ts'
import { methodAttributes } from './http-method.ts'
import { splitTarget } from './request-target.ts'

/** A request as a server gets it, of any version of HTTP. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query, or another form of RFC 9112 section 3.2. */
  readonly target: string
  /** Of the connection. */
  readonly scheme: 'http' | 'https'
  /** `Host` or `:authority`. */
  readonly authority: string | undefined
  readonly headers: IncomingHttpHeaders
  /** Such as `1.1` or `2`. */
  readonly version: string
  /** The connection; a UNIX socket has no addresses. */
  readonly peer: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined
}

/**
 * Returns the attributes of a server span at its start: those that `@opentelemetry/instrumentation-http` sets, by the HTTP
 * semantic conventions. Scheme, host and client are those of the original request, where a proxy says which.
 * @param knownMethods other methods are `_OTHER`
 */
export function serverAttributes(request: ReceivedRequest, knownMethods: ReadonlySet<string>): Attributes {
  const { method, target, headers, version, peer } = request
  const forwarded = readForwarded(headers)
  const scheme = forwarded.proto ?? request.scheme
  const { path, query } = splitTarget(target)
  return defined({
    ...methodAttributes(method, knownMethods),
    'url.scheme': scheme,
    'url.path': path,
    'url.query': query,
    ...addressAttributes(forwarded.host ?? request.authority, scheme),
    'network.peer.address': peer?.remoteAddress,
    'network.peer.port': peer?.remotePort,
    'network.protocol.version': version,
    'client.address': clientAddress(forwarded, peer?.remoteAddress),
    'user_agent.original': headers['user-agent'],
    'http.request.header.upgrade': headers.upgrade === undefined ? undefined : [headers.upgrade],
  })
}

/** Host and port, or the default port of the scheme. */
function addressAttributes(host: string | undefined, scheme: string): Attributes {
  if (!host) return {}
  const [, address = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host) ?? []
  const defaultPort = scheme === 'https' || scheme === 'wss' ? 443 : 80
  return { 'server.address': address, 'server.port': port === undefined ? defaultPort : Number(port) }
}

function clientAddress(forwarded: Forwarded, peer: string | undefined): string | undefined {
  return forwarded.for === undefined ? peer : withoutPort(forwarded.for)
}

function withoutPort(address: string): string {
  const hostname = URL.parse(`http://${address}`)?.hostname
  return hostname === undefined ? address : hostname.replace(/^\[(.*)\]$/, '$1')
}

function defined(attributes: Attributes): Attributes {
  const found: Attributes = {}
  for (const key in attributes) if (attributes[key] !== undefined) found[key] = attributes[key]
  return found
}

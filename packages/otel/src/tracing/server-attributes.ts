import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Attributes } from '@opentelemetry/api'
import { type Forwarded, readForwarded } from './forwarded.ts'
import { methodAttributes } from './http-method.ts'
import { splitTarget } from './request-target.ts'

/** A request that a server received, of any HTTP version. */
export interface ReceivedRequest {
  readonly method: string
  /** The request target, in any form of RFC 9112 section 3.2. */
  readonly target: string
  /** The scheme of the connection. */
  readonly scheme: 'http' | 'https'
  /** `Host` or `:authority`. */
  readonly authority: string | undefined
  readonly headers: IncomingHttpHeaders
  /** Such as `1.1` or `2`. */
  readonly version: string
  /** The connection. A UNIX socket has no addresses. */
  readonly peer: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined
}

/**
 * Returns the attributes that a server span has at its start by the HTTP semantic conventions, the same as those of
 * `@opentelemetry/instrumentation-http`. Scheme, host and client are those of the original request if a proxy forwards them.
 * @param knownMethods all other methods become `_OTHER`
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

import type { ClientRequest } from 'node:http'
import { sentHeader } from './sent-header.ts'

/** The server of a call: `server.address` and `server.port` of the HTTP semantic conventions. */
export interface CallServer {
  readonly address: string
  readonly port: number
}

/** The default ports by URL scheme, with its colon. */
export const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** The origin of the last call and its server: most calls have the origin of the call before, and parsing takes 1 µs. */
let last: { readonly origin: string; readonly server: CallServer } | undefined

/** Returns the server of an origin, such as `http://127.0.0.1:8000`. */
export function serverOfOrigin(origin: string | URL): CallServer {
  const text = String(origin)
  if (last?.origin !== text) last = { origin: text, server: parseOrigin(text) }
  return last.server
}

function parseOrigin(origin: string): CallServer {
  const { hostname: address, port, protocol } = new URL(origin)
  return { address, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) }
}

/**
 * Returns the server of a request of `node:http`. `ClientRequest` has no property for the port, so it is read from the `Host`
 * header that Node writes. If the application wrote another one, it is the port of the connection, or the default port
 * until there is a connection. For a request to a proxy it is the server in the target (RFC 9112 section 3.2.2).
 */
export function serverOfRequest(request: ClientRequest): CallServer {
  const { host: address, path, socket } = request
  if (isAbsolute(path)) return parseOrigin(path)
  const port = writtenPort(request) ?? socket?.remotePort ?? standardPort(request)
  return { address, port }
}

/** Returns whether the port of a request is known before it has a connection. */
export function isPortWritten(request: ClientRequest): boolean {
  return isAbsolute(request.path) || writtenPort(request) !== undefined
}

/** Returns whether the path of a request is an absolute URL. */
function isAbsolute(path: string): boolean {
  return path.charCodeAt(0) !== SLASH && /^https?:\/\//i.test(path) && URL.canParse(path)
}

const SLASH = 0x2f

/** Returns the port in the `Host` header; `undefined` if the header is missing or has another host. */
function writtenPort(request: ClientRequest): number | undefined {
  const { host: address } = request
  const named = address.includes(':') ? `[${address}]` : address
  const host = sentHeader(request, 'host')
  if (host === undefined || !host.startsWith(named)) return undefined
  const rest = host.slice(named.length)
  if (rest === '') return standardPort(request)
  return /^:\d+$/.test(rest) ? Number(rest.slice(1)) : undefined
}

/** Returns the default port, which Node omits in `Host`. */
function standardPort(
  request: ClientRequest & { readonly agent?: { readonly defaultPort?: number } },
): number {
  return request.agent?.defaultPort ?? DEFAULT_PORTS[request.protocol] ?? 0
}

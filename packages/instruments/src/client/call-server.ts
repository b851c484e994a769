import type { ClientRequest } from 'node:http'
import { sentHeader } from './sent-header.ts'

/** The server that a call goes to: `server.address` and `server.port` of the HTTP semantic conventions. */
export interface CallServer {
  readonly address: string
  readonly port: number
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** Returns the server of an origin, such as `http://127.0.0.1:8000`. */
export function serverOfOrigin(origin: string | URL): CallServer {
  const { hostname: address, port, protocol } = new URL(origin)
  return { address, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) }
}

/**
 * Returns the server of a request of `node:http`. The request does not keep the port that it was made with: it is in the
 * `Host` that Node writes. Where the application writes another one, it is the port of the connection once there is one,
 * and until then the default. A request to a proxy has its target for its path, which is then what
 * counts (RFC 9112 section 3.2.2).
 */
export function serverOfRequest(request: ClientRequest): CallServer {
  const { host: address, path, socket } = request
  if (isAbsolute(path)) return serverOfOrigin(path)
  const port = writtenPort(request) ?? socket?.remotePort ?? standardPort(request)
  return { address, port }
}

/** Whether the port of a request is known before it has a connection. */
export function isPortWritten(request: ClientRequest): boolean {
  return isAbsolute(request.path) || writtenPort(request) !== undefined
}

/** Whether the path of a request is an absolute URL. */
export function isAbsolute(path: string): boolean {
  return path.charCodeAt(0) !== SLASH && /^https?:\/\//i.test(path) && URL.canParse(path)
}

const SLASH = 0x2f

/** The port in the `Host` of a request; `undefined` if there is none, or if it is for another host. */
function writtenPort(request: ClientRequest): number | undefined {
  const { host: address } = request
  const named = address.includes(':') ? `[${address}]` : address
  const host = sentHeader(request, 'host')
  if (host === undefined || !host.startsWith(named)) return undefined
  const rest = host.slice(named.length)
  if (rest === '') return standardPort(request)
  return /^:\d+$/.test(rest) ? Number(rest.slice(1)) : undefined
}

/** The port that Node leaves out of `Host`. */
function standardPort(
  request: ClientRequest & { readonly agent?: { readonly defaultPort?: number } },
): number {
  return request.agent?.defaultPort ?? DEFAULT_PORTS[request.protocol] ?? 0
}

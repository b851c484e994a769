import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/**
 * Returns the identity of a client for limits: its IPv4 address, or the /64 network of its IPv6 address,
 * which one host can have at its disposal. Clients without an address, for example on a UNIX socket, share
 * the empty string.
 */
export function clientNetworkOf(request: IncomingMessage | Http2ServerRequest): string {
  let address: string | undefined
  try {
    address = request.socket?.remoteAddress
  } catch {
    // The session of this HTTP/2 request is closed, and its socket with it.
  }
  return address === undefined ? '' : networkOf(address)
}

/** Returns the part of an IP address that identifies a host. */
export function networkOf(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1) // IPv4-mapped addresses (::ffff:127.0.0.1) too
  const [front = '', back] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = front === '' ? [] : front.split(':')
  if (back !== undefined) {
    const last = back === '' ? [] : back.split(':')
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return groups.slice(0, 4).join(':')
}

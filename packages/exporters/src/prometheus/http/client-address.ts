import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/**
 * Names whom a request comes from: the IPv4 address, or the /64 of an IPv6 address, which is what one host has at its
 * disposal. The same empty name for clients that have none, such as those of a UNIX socket.
 */
export function clientNetworkOf(request: IncomingMessage | Http2ServerRequest): string {
  let address: string | undefined
  try {
    address = request.socket?.remoteAddress
  } catch {
    // The session of an HTTP/2 request is gone, and its socket with it.
  }
  return address === undefined ? '' : networkOf(address)
}

/** The part of an address, as the operating system writes it, that stands for its host. */
export function networkOf(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1) // ::ffff:127.0.0.1 too
  const [front = '', back] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = front === '' ? [] : front.split(':')
  if (back !== undefined) {
    const last = back === '' ? [] : back.split(':')
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return groups.slice(0, 4).join(':')
}

import { createRequire } from 'node:module'

/** `node:http` is never imported statically. */
const load = createRequire(import.meta.url)

/**
 * Headers that describe the body, frame the request or control the connection, in lower case. The transports
 * set them or their protocol forbids them (OTLP specification; RFC 9110, section 7.6.1; RFC 9113, section
 * 8.2.2; gRPC over HTTP/2).
 */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-timeout',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
])

/**
 * Returns whether the exporters never send a user's header with this name, in any case and with any protocol.
 */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase())
}

/**
 * Returns the user's headers that are sent: names in lower case; of names that differ only in case, the last
 * one.
 * @throws Error if a name or a value is not allowed in HTTP (RFC 9110, section 5)
 */
export function usableHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const usable = Object.entries(headers).filter(([name]) => !isReservedHeader(name))
  if (usable.length === 0) return {}
  const { validateHeaderName, validateHeaderValue } = load('node:http') as typeof import('node:http')
  for (const [name, value] of usable) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  }
  return Object.fromEntries(usable.map(([name, value]) => [name.toLowerCase(), value]))
}

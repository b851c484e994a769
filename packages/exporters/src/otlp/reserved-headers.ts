import { createRequire } from 'node:module'

/** Values of `node:http` are never imported. */
const load = createRequire(import.meta.url)

/**
 * Headers that describe the body of a request, frame it or govern its connection, in lower case: the transports set them
 * (OTLP specification, RFC 9110 section 7.6.1, RFC 9113 section 8.2.2, gRPC over HTTP/2), or their protocol forbids them.
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

/** Whether an export cannot carry a header of the user with this name, in any case and over any protocol. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase())
}

/**
 * Returns the headers of the user that an export carries: names in lower case, of two that differ by case the last one.
 * @throws Error if a name or a value cannot be sent (RFC 9110 section 5)
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

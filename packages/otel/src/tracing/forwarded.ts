import type { IncomingHttpHeaders } from 'node:http'

/** The original request, as the proxy nearest to the client received it; `undefined` values are not forwarded. */
export interface Forwarded {
  /** Address of the client, possibly with a port. */
  readonly for: string | undefined
  /** The `Host` that the client sent. */
  readonly host: string | undefined
  /** The scheme that the client used, in lower case. */
  readonly proto: string | undefined
}

/** A parameter of `Forwarded` (RFC 7239 section 4). */
const PARAMETER = /(?<![\w-])(for|host|proto)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,\s"]+))/gi

/** Schemes that an HTTP server receives requests for. */
const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss'])

/** Reads `Forwarded` (RFC 7239); for each value that it lacks, `X-Forwarded-For`, `-Host` or `-Proto`. */
export function readForwarded(headers: IncomingHttpHeaders): Forwarded {
  const standard = headers.forwarded === undefined ? undefined : standardParameters(headers.forwarded)
  const proto = (standard?.get('proto') ?? firstOf(headers['x-forwarded-proto']))?.toLowerCase()
  return {
    for: standard?.get('for') ?? firstOf(headers['x-forwarded-for']),
    host: standard?.get('host') ?? firstOf(headers['x-forwarded-host']),
    proto: proto !== undefined && SCHEMES.has(proto) ? proto : undefined,
  }
}

/** Returns the first value of each parameter, since proxies append theirs. */
function standardParameters(header: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', quoted, token] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    const value = token ?? quoted?.replace(/\\(.)/g, '$1')
    if (value && !found.has(key)) found.set(key, value)
  }
  return found
}

function firstOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  return String(header).split(',', 1)[0]?.trim() || undefined
}

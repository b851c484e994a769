/** Path and query of a request target (RFC 9112 section 3.2), byte for byte. */
export interface TargetParts {
  /** `*` and the host and port of a `CONNECT` as they are. */
  readonly path: string
  /** Without its `?`; `undefined` if there is none or nothing in it. */
  readonly query: string | undefined
}

/** Scheme and authority of the absolute form; `//host/p` is a path (RFC 9112 section 3.2.1). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Splits a request target of any form. A fragment, which is in none by the specification, is left out. */
export function splitTarget(target: string): TargetParts {
  const [relative = ''] = target.replace(ORIGIN, '').split('#', 1)
  const mark = relative.indexOf('?')
  if (mark < 0) return { path: relative || '/', query: undefined }
  return { path: relative.slice(0, mark) || '/', query: relative.slice(mark + 1) || undefined }
}

/** The URL that a request target names on a server; the absolute form, as sent to a proxy, is one already. */
export function absoluteUrl(origin: string, target: string): string {
  return ORIGIN.test(target) ? target : `${origin}${target}`
}

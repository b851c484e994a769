/** Path and query of a request target (RFC 9112 section 3.2), with their original bytes. */
export interface TargetParts {
  /** Also `*`, and the host and port of a `CONNECT`. */
  readonly path: string
  /** Without the `?`; `undefined` if it is missing or empty. */
  readonly query: string | undefined
}

/** Scheme and authority of the absolute form. `//host/p` is a path (RFC 9112 section 3.2.1). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Splits a request target of any form. Drops a fragment, which is invalid in a target. */
export function splitTarget(target: string): TargetParts {
  const [relative = ''] = target.replace(ORIGIN, '').split('#', 1)
  const mark = relative.indexOf('?')
  if (mark < 0) return { path: relative || '/', query: undefined }
  return { path: relative.slice(0, mark) || '/', query: relative.slice(mark + 1) || undefined }
}

/** Returns the URL of a request target. The absolute form, which is sent to a proxy, is returned unchanged. */
export function absoluteUrl(origin: string, target: string): string {
  return ORIGIN.test(target) ? target : `${origin}${target}`
}

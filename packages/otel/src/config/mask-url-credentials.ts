/**
 * Masks what may be credentials in a URL, valid or not: everything from the scheme to the last `@`, and every query. If a
 * text has both, everything after the scheme is masked, since an invalid URL may have a `?` in its password or an `@` in
 * its query.
 */
export function maskUrlCredentials(text: string): string {
  const scheme = /^\s*[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? ''
  const rest = text.slice(scheme.length)
  const at = rest.lastIndexOf('@')
  const query = rest.indexOf('?')
  if (at >= 0 && query >= 0) return `${scheme}***`
  if (at >= 0) return `${scheme}***${rest.slice(at)}`
  return query < 0 ? text : `${scheme}${rest.slice(0, query)}?***`
}

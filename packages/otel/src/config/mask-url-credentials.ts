/**
 * A value that was given for a setting, as it may be printed: without what may be credentials in a URL, whether or not it
 * is a valid one. Masks everything from the scheme to the last `@`, and every query; with both, all but the scheme, since
 * neither a password nor a query need be encoded in a URL that cannot be used.
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

/** RFC 9110 section 9, PATCH (RFC 5789) and QUERY: the methods that semantic conventions call known. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** The value of `method` for every method that is not known. */
export const OTHER_METHOD = '_OTHER'

/**
 * The `method` label of a request: the method itself if it is a known one, else {@link OTHER_METHOD}, so that
 * a client cannot create series. Methods are case-sensitive (RFC 9110 section 9.1).
 */
export function methodLabel(method: string | undefined): string {
  return method !== undefined && KNOWN_METHODS.has(method) ? method : OTHER_METHOD
}

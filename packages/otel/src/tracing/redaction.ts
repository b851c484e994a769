import { secretParameters } from './secret-parameters.ts'

/** What stands for a secret on spans (OpenTelemetry semantic conventions, registry attributes `url.full`, `url.query`). */
const REDACTED = 'REDACTED'

/**
 * The name of a parameter with its equals sign. WHATWG URLs separate parameters by `&`; some servers also by `;`; and a
 * client that appends `?key=…` to a URL that has a query makes a second `?`.
 */
const NAME = /(?<![^?&;])[^?&;=]+=/g

/** Scheme and user information of a URL (RFC 3986 section 3.2.1), which ends at the last `@` of the authority. */
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#\\]*@/i

/**
 * Replaces secrets in URLs by `REDACTED`, for span attributes. Everything else stays byte for byte: nothing is decoded,
 * encoded or sorted.
 */
export class UrlRedactor {
  readonly #isSecret: (encodedName: string) => boolean

  /** @param added names of parameters whose values are secrets, beyond those known (`VR_TRACING_REDACT`) */
  constructor(added: readonly string[] = []) {
    this.#isSecret = secretParameters(added)
  }

  /** Redacts the values of secret parameters of a query, which may begin with `?`. */
  query(query: string): string {
    let redacted = ''
    let copied = 0
    NAME.lastIndex = 0
    for (let match = NAME.exec(query); match !== null; match = NAME.exec(query)) {
      const valueStart = NAME.lastIndex
      if (!this.#isSecret(match[0].slice(0, -1))) continue
      // A value ends at `;` only where its name began there: `token=a;b` is one value to most servers.
      const valueEnd = endOfValue(query, valueStart, query[match.index - 1] === ';')
      redacted += query.slice(copied, valueStart) + REDACTED
      copied = valueEnd
      NAME.lastIndex = valueEnd
    }
    return copied === 0 ? query : redacted + query.slice(copied)
  }

  /**
   * Redacts the credentials, the secret parameters and those of the fragment (OAuth 2.0 answers have tokens there) of an
   * absolute URL or of a path with a query.
   */
  url(url: string): string {
    const start = url.search(/[?#]/)
    const base = (start < 0 ? url : url.slice(0, start)).replace(USER_INFO, `$1${REDACTED}:${REDACTED}@`)
    if (start < 0) return base
    const hash = url.indexOf('#', start)
    if (hash < 0) return base + this.query(url.slice(start))
    return `${base}${this.query(url.slice(start, hash))}#${this.query(url.slice(hash + 1))}`
  }
}

function endOfValue(query: string, start: number, endsAtSemicolon: boolean): number {
  for (let at = start; at < query.length; at++) {
    const character = query[at]
    if (character === '&' || (endsAtSemicolon && character === ';')) return at
  }
  return query.length
}

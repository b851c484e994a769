import { secretParameters } from './secret-parameters.ts'
import { type Secret, UrlSecrets } from './url-secrets.ts'

/** Replaces a secret on spans (OpenTelemetry semantic conventions, registry attributes `url.full`, `url.query`). */
const REDACTED = 'REDACTED'

/** A word of the name of a span. */
const WORD = /\S+/g

/** A word of a message. Quotation marks and angle brackets, which no valid URL contains, end it. */
const WORD_OF_MESSAGE = /[^\s"<>`]+/g

/** The characters of which a URL with a secret has one. */
const IN_URLS = /[?@#;%]/

/**
 * Replaces secrets in URLs by `REDACTED`, for span attributes. Everything else stays byte for byte: nothing is decoded,
 * encoded or sorted. Takes time linear in the length of the text: clients choose it.
 */
export class UrlRedactor {
  readonly #secrets: UrlSecrets

  /** @param added names of parameters whose values are secrets, beyond those known (`VR_TRACING_REDACT`) */
  constructor(added: readonly string[] = []) {
    this.#secrets = new UrlSecrets(secretParameters(added))
  }

  /** Redacts the values of secret parameters of a query, which may begin with `?`. */
  query(query: string): string {
    return replaceAll(query, this.#secrets.ofQuery(query))
  }

  /**
   * Redacts the credentials and the secret parameters of an absolute URL or of a path: those of path segments, of the query
   * and of the fragment (OAuth 2.0 answers have tokens there).
   */
  url(url: string): string {
    return IN_URLS.test(url) ? replaceAll(url, this.#secrets.ofUrl(url)) : url
  }

  /** Redacts the URLs in the name of a span: words that white space separates. */
  name(name: string): string {
    return this.#words(name, WORD)
  }

  /** Redacts the URLs in the message of an error, or in its stack. */
  message(message: string): string {
    return this.#words(message, WORD_OF_MESSAGE)
  }

  #words(text: string, word: RegExp): string {
    return IN_URLS.test(text) ? text.replace(word, (one) => this.url(one)) : text
  }
}

/** Replaces secrets, which may overlap. */
function replaceAll(text: string, secrets: Secret[]): string {
  if (secrets.length === 0) return text
  secrets.sort((a, b) => a.start - b.start)
  const parts: string[] = []
  let copied = 0
  for (const { start, end, isUserInfo } of secrets) {
    if (start >= copied)
      parts.push(text.slice(copied, start), isUserInfo ? `${REDACTED}:${REDACTED}` : REDACTED)
    copied = Math.max(copied, end)
  }
  parts.push(text.slice(copied))
  return parts.join('')
}

import { secretParameters } from './secret-parameters.ts'
import { type Secret, UrlSecrets } from './url-secrets.ts'

/** The replacement of a secret (OpenTelemetry semantic conventions, attributes `url.full` and `url.query`). */
const REDACTED = 'REDACTED'

/** A word of a span name. */
const WORD = /\S+/g

/** A word of a message. Quotation marks and angle brackets end it; no valid URL contains them. */
const WORD_OF_MESSAGE = /[^\s"<>`]+/g

/** A URL with a secret contains one of these characters. */
const IN_URLS = /[?@#;%]/

/**
 * Replaces secrets in URLs by `REDACTED`. All other bytes stay the same: nothing is decoded, encoded or sorted. Takes linear
 * time, since clients choose the text.
 */
export class UrlRedactor {
  readonly #secrets: UrlSecrets

  /** @param added names of further parameters whose values are secrets (`VR_TRACING_REDACT`) */
  constructor(added: readonly string[] = []) {
    this.#secrets = new UrlSecrets(secretParameters(added))
  }

  /** Redacts the values of secret parameters of a query, which may begin with `?`. */
  query(query: string): string {
    return replaceAll(query, this.#secrets.ofQuery(query))
  }

  /**
   * Redacts the credentials and the secret parameters of an absolute URL or of a path: in path segments, in the query and in
   * the fragment, where OAuth 2.0 responses have tokens.
   */
  url(url: string): string {
    return IN_URLS.test(url) ? replaceAll(url, this.#secrets.ofUrl(url)) : url
  }

  /** Redacts the URLs in a span name, whose words are separated by white space. */
  name(name: string): string {
    return this.#words(name, WORD)
  }

  /** Redacts the URLs in an error message or a stack trace. */
  message(message: string): string {
    return this.#words(message, WORD_OF_MESSAGE)
  }

  #words(text: string, word: RegExp): string {
    return IN_URLS.test(text) ? text.replace(word, (found) => this.url(found)) : text
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

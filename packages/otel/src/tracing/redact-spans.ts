import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { UrlRedactor } from './redaction.ts'

/** Attributes whose value is a URL or a path with a query: of the current conventions, of the older ones, and of Next. */
const URLS: readonly string[] = [
  'url.full',
  'http.url',
  'http.target',
  'next.span_name',
  'http.request.header.referer',
  'http.response.header.location',
]

/** The query of a URL. */
const QUERY = 'url.query'

/** A word of a span's name that may be a URL with a secret. */
const WORD = /\S*[?@#]\S*/g

/**
 * Redacts the URLs of every span when it ends, whichever instrumentation made it: Next writes the whole URL of a `fetch`
 * into the name of a span. Has to come before the processor that exports.
 */
export class RedactUrls implements SpanProcessor {
  readonly #redactor: UrlRedactor

  constructor(redactor: UrlRedactor) {
    this.#redactor = redactor
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { attributes, name } = span
    for (const key of URLS) redactAttribute(attributes, key, this.#inWords)
    redactAttribute(attributes, QUERY, (query) => this.#redactor.query(query))
    const redacted = this.#inWords(name)
    if (redacted !== name) Object.assign(span, { name: redacted })
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  readonly #inWords = (text: string): string => text.replace(WORD, (word) => this.#redactor.url(word))
}

function redactAttribute(attributes: Attributes, key: string, redact: (text: string) => string): void {
  const value = attributes[key]
  if (typeof value === 'string') attributes[key] = redact(value)
  else if (Array.isArray(value)) attributes[key] = value.map((item) => redact(String(item)))
}

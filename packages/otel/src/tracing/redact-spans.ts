import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { UrlRedactor } from './redaction.ts'

/** Attributes whose value is a URL or a path, in the current and the older semantic conventions. */
const URLS: readonly string[] = [
  'url.full',
  'url.path',
  'http.url',
  'http.target',
  'http.request.header.referer',
  'http.response.header.location',
]

/** The query of a URL. */
const QUERY = 'url.query'

/** Attribute of Next's spans; it contains the whole URL of a `fetch`. */
const NAME = 'next.span_name'

/** Attributes of the event that records an exception. */
const EXCEPTION: readonly string[] = ['exception.message', 'exception.stacktrace']

/**
 * Redacts the URLs of every span when it ends, also of spans that other instrumentations create: in attributes, name,
 * exceptions and status message. Must be registered before the processor that exports.
 */
export class RedactUrls implements SpanProcessor {
  readonly #redactor: UrlRedactor

  constructor(redactor: UrlRedactor) {
    this.#redactor = redactor
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { attributes, name, events, status } = span
    for (const key of URLS) redactAttribute(attributes, key, this.#url)
    redactAttribute(attributes, QUERY, this.#query)
    redactAttribute(attributes, NAME, this.#name)
    for (const event of events) {
      if (event.attributes === undefined) continue
      for (const key of EXCEPTION) redactAttribute(event.attributes, key, this.#message)
    }
    const redacted = this.#name(name)
    if (redacted !== name) Object.assign(span, { name: redacted })
    if (status.message !== undefined) status.message = this.#message(status.message)
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  readonly #url = (url: string): string => this.#redactor.url(url)
  readonly #query = (query: string): string => this.#redactor.query(query)
  readonly #name = (name: string): string => this.#redactor.name(name)
  readonly #message = (message: string): string => this.#redactor.message(message)
}

function redactAttribute(attributes: Attributes, key: string, redact: (text: string) => string): void {
  const value = attributes[key]
  if (typeof value === 'string') attributes[key] = redact(value)
  else if (Array.isArray(value)) attributes[key] = value.map((item) => redact(String(item)))
}

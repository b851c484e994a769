import { type Span, type SpanOptions, SpanStatusCode } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { RedactUrls } from './redact-spans.ts'
import { UrlRedactor } from './redaction.ts'

describe('RedactUrls', () => {
  it('redacts URLs in attributes of all conventions and in names, and keeps other attributes', () => {
    const exporter = new InMemorySpanExporter()
    const spanProcessors = [new RedactUrls(new UrlRedactor()), new SimpleSpanProcessor({ exporter })]
    const tracer = new TracerProvider({ spanProcessors }).getTracer('any')
    const attributes = {
      'url.full': 'http://u:p@host/x?n=1&api_key=s3cret',
      'http.url': "http://host/x?a='&Token=s3cret",
      'http.target': '/x?%73ig=s3cret',
      'url.query': 'password=s3cret',
      'next.span_name': 'fetch GET http://host/x?key=s3cret',
      'http.response.header.location': ['/a?code=s3cret', '/b'],
      'http.request.header.referer': ['http://host/?sid=s3cret'],
      mine: 'token=1',
      list: [1, 2],
    }
    tracer.startSpan('fetch GET http://u:p@host/x?q=1&key=s3cret', { attributes }).end()
    const [span] = exporter.getFinishedSpans()
    expect({ name: span?.name, attributes: span?.attributes }).toEqual({
      name: 'fetch GET http://REDACTED:REDACTED@host/x?q=1&key=REDACTED',
      attributes: {
        'url.full': 'http://REDACTED:REDACTED@host/x?n=1&api_key=REDACTED',
        'http.url': "http://host/x?a='&Token=REDACTED",
        'http.target': '/x?%73ig=REDACTED',
        'url.query': 'password=REDACTED',
        'next.span_name': 'fetch GET http://host/x?key=REDACTED',
        'http.response.header.location': ['/a?code=REDACTED', '/b'],
        'http.request.header.referer': ['http://host/?sid=REDACTED'],
        mine: 'token=1',
        list: [1, 2],
      },
    })
  })

  it('redacts url.path, and URLs in exceptions and in the status message', () => {
    const attributes = { 'url.path': '/p;jsessionid=s3cret/x', 'url.full': 'http://host/a b?key=s3 cret' }
    const span = ended('GET', { attributes }, (started) => {
      const error = new Error('GET http://u:s3cret@host/x?token=s3cret: timeout=5 s')
      error.stack = `Error: ${error.message}\n    at file:///app/node_modules/@scope/x.js?t=1:2:3`
      started.recordException(error)
      started.addEvent('mine', { 'exception.message': 1, text: '/x?token=1' })
      started.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
    })
    expect(span.attributes).toEqual({
      'url.path': '/p;jsessionid=REDACTED/x',
      'url.full': 'http://host/a b?key=REDACTED',
    })
    const message = 'GET http://REDACTED:REDACTED@host/x?token=REDACTED timeout=5 s'
    expect(span.status.message).toBe(message)
    expect(span.events.map((event) => event.attributes)).toEqual([
      {
        'exception.type': 'Error',
        'exception.message': message,
        'exception.stacktrace': `Error: ${message}\n    at file:///app/node_modules/@scope/x.js?t=1:2:3`,
      },
      { 'exception.message': 1, text: '/x?token=1' },
    ])
  })

  it('redacts a quoted URL up to the closing quotation mark', () => {
    const span = ended('GET', {}, (started) => {
      started.recordException({ message: '{"url":"http://h/?token=s3cret","status":500}' })
    })
    expect(span.events[0]?.attributes?.['exception.message']).toBe(
      '{"url":"http://h/?token=REDACTED","status":500}',
    )
  })

  it('redacts strings of a million characters in linear time (quadratic: ten minutes)', {
    timeout: 120_000,
  }, () => {
    const keys = ['url.path', 'url.query', 'http.target']
    for (const part of ['a', ' ', '?', ';', '%3F', 'http://', '@ ', '#/!']) {
      const text = part.repeat(1_000_000 / part.length)
      const attributes = Object.fromEntries(keys.map((key) => [key, text]))
      const span = ended(text, { attributes }, (started) => started.recordException(text))
      expect([span.name, span.attributes['http.target']]).toEqual([text, text])
    }
  })
})

/** Returns an ended span of a tracer with redaction. */
function ended(name: string, options: SpanOptions, use: (span: Span) => void): ReadableSpan {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new RedactUrls(new UrlRedactor()), new SimpleSpanProcessor({ exporter })]
  const span = new TracerProvider({ spanProcessors }).getTracer('any').startSpan(name, options)
  use(span)
  span.end()
  return exporter.getFinishedSpans()[0] as ReadableSpan
}

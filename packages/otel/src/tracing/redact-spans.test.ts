import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { RedactUrls } from './redact-spans.ts'
import { UrlRedactor } from './redaction.ts'

describe('RedactUrls', () => {
  it('redacts URLs of all conventions and in names, and leaves other attributes as they are', () => {
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
})

import type { IncomingHttpHeaders } from 'node:http2'
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { OwnTracing } from '@vr/otel-instruments/adapters'
import { type DecisionRules, decide } from './decision.ts'
import { untrustedParent } from './propagator.ts'
import { splitTarget } from './request-target.ts'
import type { HandedIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** What {@link OwnSpans} are made with. */
export interface OwnSpanParts {
  readonly rules: DecisionRules
  readonly handedIds: HandedIds
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
}

/**
 * Server spans of the requests that no instrumentation sees, by the same decision as all others: those of HTTP/2 and of
 * its servers, handshakes of WebSockets, and those whose `Expect` the application looks at itself.
 */
export class OwnSpans implements OwnTracing {
  readonly #parts: OwnSpanParts

  constructor(parts: OwnSpanParts) {
    this.#parts = parts
  }

  readonly http2: OwnTracing['http2'] = (headers, isExcluded) => this.#begin(headers, '2', isExcluded)

  readonly http1: OwnTracing['http1'] = (request, server, isExcluded) => {
    const { headers, method, url, httpVersion } = request
    const scheme = 'setSecureContext' in server ? 'https' : 'http'
    return this.#begin(
      { ...headers, ':method': method, ':path': url, ':scheme': scheme },
      httpVersion,
      isExcluded,
    )
  }

  #begin(headers: IncomingHttpHeaders, version: string, isExcluded: boolean): Context {
    const { rules, propagator } = this.#parts
    const extracted = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
    const decision = decide(rules, trace.getSpanContext(extracted), isExcluded)
    return decision.isSampled
      ? withServerSpan(this.#parts, attributesOf(headers, version), extracted, decision.drawn?.traceId)
      : new UnsampledContext(rules.ids, decision, extracted)
  }
}

function withServerSpan(
  { tracer, handedIds }: OwnSpanParts,
  attributes: Attributes,
  parent: Context,
  newTraceId: string | undefined,
): Context {
  const origin = untrustedParent(parent)
  handedIds.hand(newTraceId)
  const span = tracer.startSpan(
    String(attributes['http.request.method']),
    {
      kind: SpanKind.SERVER,
      attributes,
      links: origin === undefined ? [] : [{ context: origin }],
    },
    parent,
  )
  handedIds.hand(undefined)
  return trace.setSpan(parent, span)
}

/** The attributes that the HTTP semantic conventions ask for at the start of a server span. */
function attributesOf(headers: IncomingHttpHeaders, version: string): Attributes {
  const authority = headers[':authority'] ?? headers.host
  const url = authority === undefined ? null : URL.parse(`${headers[':scheme'] ?? 'http'}://${authority}`)
  const { path, query } = splitTarget(String(headers[':path'] ?? '/'))
  const userAgent = headers['user-agent']
  return {
    'http.request.method': String(headers[':method']),
    'url.scheme': String(headers[':scheme'] ?? 'http'),
    'url.path': path,
    ...(query === undefined ? {} : { 'url.query': query }),
    ...(url === null ? {} : { 'server.address': url.hostname }),
    ...(url === null || url.port === '' ? {} : { 'server.port': Number(url.port) }),
    ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent }),
    ...(headers.upgrade === undefined ? {} : { 'http.request.header.upgrade': [headers.upgrade] }),
    'network.protocol.version': version,
  }
}

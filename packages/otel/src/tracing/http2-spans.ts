import type { IncomingHttpHeaders } from 'node:http2'
import {
  type Context,
  type ContextManager,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Http2Tracing } from '@vr/otel-instruments/adapters'
import { type DecisionRules, decide } from './decision.ts'
import { untrustedParent } from './propagator.ts'
import { redactQuery } from './redaction.ts'
import type { HandedIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** What {@link traceHttp2} is given. */
export interface Http2SpanParts {
  readonly rules: DecisionRules
  readonly handedIds: HandedIds
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  readonly contextManager: ContextManager
}

/** Server spans of HTTP/2, which no instrumentation makes, by the same decision as those of `node:http`. */
export function traceHttp2(parts: Http2SpanParts): Http2Tracing {
  const { rules, contextManager } = parts
  return (headers, isExcluded) => {
    const extracted = parts.propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
    const decision = decide(rules, trace.getSpanContext(extracted), isExcluded)
    const context = decision.isSampled
      ? withServerSpan(parts, headers, extracted, decision.drawn?.traceId)
      : new UnsampledContext(rules.ids, decision, extracted)
    return { context, run: (listeners) => contextManager.with(context, listeners) }
  }
}

function withServerSpan(
  { tracer, handedIds }: Http2SpanParts,
  headers: IncomingHttpHeaders,
  parent: Context,
  newTraceId: string | undefined,
): Context {
  const origin = untrustedParent(parent)
  handedIds.hand(newTraceId)
  const span = tracer.startSpan(
    String(headers[':method']),
    {
      kind: SpanKind.SERVER,
      attributes: attributesOf(headers),
      links: origin === undefined ? [] : [{ context: origin }],
    },
    parent,
  )
  handedIds.hand(undefined)
  return trace.setSpan(parent, span)
}

/** The attributes that the HTTP semantic conventions ask for at the start of a server span. */
function attributesOf(headers: IncomingHttpHeaders): Record<string, string | number> {
  const authority = headers[':authority'] ?? headers.host
  const url = authority === undefined ? null : URL.parse(`${headers[':scheme'] ?? 'http'}://${authority}`)
  const [path, ...rest] = String(headers[':path'] ?? '/').split('?')
  const query = rest.join('?')
  const userAgent = headers['user-agent']
  return {
    'http.request.method': String(headers[':method']),
    'url.scheme': String(headers[':scheme'] ?? 'http'),
    'url.path': path as string,
    ...(query === '' ? {} : { 'url.query': redactQuery(query) }),
    ...(url === null ? {} : { 'server.address': url.hostname }),
    ...(url === null || url.port === '' ? {} : { 'server.port': Number(url.port) }),
    ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent }),
    'network.protocol.version': '2',
  }
}

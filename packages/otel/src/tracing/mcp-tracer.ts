import {
  type Attributes,
  type Context,
  defaultTextMapSetter,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type {
  McpSpan,
  McpSpanEnd,
  McpSpanStart,
  McpStartupFailure,
  McpStartupSpan,
  McpTracer,
} from '@vr/otel-instruments'
import { boundedContent } from '@vr/otel-instruments/internal'
import { isCallSampled } from './call-sampling.ts'
import { untrustedParent } from './propagator.ts'

/** Options of {@link GatewayMcpTracer}. */
export interface McpTracerParts {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** Whether `params._meta` propagates traces. */
  readonly carriesMeta: boolean
  /** Whether spans have the arguments and results of tools. Default `false`. */
  readonly capturesContent?: boolean
}

/** Maximum length of a member of `_meta` that is read: no header limit of Node applies to message bodies. */
const MAX_LENGTH = 8_192

/** Attribute of the spans of a client: the label of its server. */
const SERVER_LABEL = 'vr_otel.mcp.server_label'

const META_GETTER: TextMapGetter<Readonly<Record<string, unknown>>> = {
  keys: (meta) => Object.keys(meta),
  get(meta, key) {
    const value = meta[key]
    return typeof value === 'string' && value.length <= MAX_LENGTH ? value : undefined
  },
}

/** The `McpTracer` of this package, by the semantic conventions for MCP. Only requests have spans, not notifications. */
export class GatewayMcpTracer implements McpTracer {
  readonly #parts: McpTracerParts

  constructor(parts: McpTracerParts) {
    this.#parts = parts
  }

  startCall(request: McpSpanStart, context: Context): McpSpan | undefined {
    if (!isCallSampled(context)) return undefined
    return this.#start(request, SpanKind.CLIENT, context, [])
  }

  startRequest(
    request: McpSpanStart,
    meta: Readonly<Record<string, unknown>> | undefined,
    ambient: Context,
  ): McpSpan | undefined {
    const { propagator, carriesMeta } = this.#parts
    const parent =
      carriesMeta && meta !== undefined ? propagator.extract(ambient, meta, META_GETTER) : ambient
    const hasOwnParent = spanIdOf(parent) !== spanIdOf(ambient)
    if (!isCallSampled(parent)) return hasOwnParent ? { context: parent, end() {} } : undefined
    const linked = [
      ...(hasOwnParent ? [trace.getSpanContext(ambient)] : []),
      ...(parent === ambient ? [] : [untrustedParent(parent)]),
    ]
    const links = linked.flatMap((context) => (context === undefined ? [] : [{ context }]))
    return this.#start(request, SpanKind.SERVER, parent, links)
  }

  startStartup(serverLabel: string, context: Context): McpStartupSpan | undefined {
    if (!isCallSampled(context)) return undefined
    const attributes = { [SERVER_LABEL]: serverLabel }
    const span = this.#parts.tracer.startSpan('mcp.server.startup', { attributes }, context)
    return {
      context: trace.setSpan(context, span),
      end: (failure) => endStartup(span, failure),
    }
  }

  metaOf(context: Context): Readonly<Record<string, string>> | undefined {
    if (!this.#parts.carriesMeta) return undefined
    const meta: Record<string, string> = {}
    this.#parts.propagator.inject(context, meta, defaultTextMapSetter)
    return Object.keys(meta).length === 0 ? undefined : meta
  }

  #start(request: McpSpanStart, kind: SpanKind, parent: Context, links: Link[]): McpSpan {
    const { method, target, isTargetKnown } = request
    const name = target !== undefined && isTargetKnown ? `${method} ${target.name}` : method
    const span = this.#parts.tracer.startSpan(
      name,
      { kind, attributes: startAttributes(request), links },
      parent,
    )
    const started = { context: trace.setSpan(parent, span), end: (facts: McpSpanEnd) => endSpan(span, facts) }
    if (this.#parts.capturesContent !== true) return started
    return { ...started, setContent: (kind, value) => setContent(span, kind, value) }
  }
}

function setContent(span: Span, kind: 'arguments' | 'result', value: unknown): void {
  try {
    const json = JSON.stringify(value) as string | undefined
    if (json !== undefined) span.setAttribute(`gen_ai.tool.call.${kind}`, boundedContent(json))
  } catch {
    // Objects that are passed in memory need not be JSON.
  }
}

function spanIdOf(context: Context): string | undefined {
  return trace.getSpanContext(context)?.spanId
}

function startAttributes(request: McpSpanStart): Attributes {
  const { method, target, requestId, sessionId, transport, networkProtocol, server, serverLabel } = request
  return {
    'mcp.method.name': method,
    'jsonrpc.request.id': requestId,
    ...(target?.kind === 'tool' && {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': target.name,
    }),
    ...(target?.kind === 'prompt' && { 'gen_ai.prompt.name': target.name }),
    ...(sessionId !== undefined && { 'mcp.session.id': sessionId }),
    ...(transport !== undefined && { 'network.transport': transport }),
    ...(networkProtocol !== undefined && { 'network.protocol.name': networkProtocol }),
    ...(server !== undefined && { 'server.address': server.address, 'server.port': server.port }),
    ...(serverLabel !== undefined && { [SERVER_LABEL]: serverLabel }),
  }
}

function endSpan(span: Span, { protocolVersion, errorType, statusCode }: McpSpanEnd): void {
  if (protocolVersion !== undefined) span.setAttribute('mcp.protocol.version', protocolVersion)
  if (statusCode !== undefined) span.setAttribute('rpc.response.status_code', statusCode)
  if (errorType !== undefined) setError(span, errorType)
  span.end()
}

function endStartup(span: Span, failure: McpStartupFailure | undefined): void {
  if (failure !== undefined) {
    span.setAttribute('vr_otel.mcp.startup.failure', failure.reason)
    setError(span, failure.errorType)
  }
  span.end()
}

function setError(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

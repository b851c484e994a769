import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { McpSpanStart } from '@vr/otel-instruments'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatewayMcpTracer } from './mcp-tracer.ts'
import { GatewayPropagator } from './propagator.ts'
import { RandomIds } from './trace-ids.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = provider.getTracer('any')

beforeEach(() => exporter.reset())

function createTracer({
  carriesMeta = true,
  trustsParent = true,
  capturesContent = false,
} = {}): GatewayMcpTracer {
  const propagator = new GatewayPropagator({
    ids: new RandomIds(),
    trustsParent,
    baggage: undefined,
    baggageKeys: [],
  })
  return new GatewayMcpTracer({ tracer, propagator, carriesMeta, capturesContent })
}

const CALL: McpSpanStart = {
  method: 'tools/call',
  target: { kind: 'tool', name: 'search' },
  isTargetKnown: true,
  requestId: '7',
  sessionId: 'session',
  transport: 'tcp',
  networkProtocol: 'http',
  server: { address: 'api.example', port: 443 },
  serverLabel: 'search-server',
}

const OK = { protocolVersion: '2025-11-25', errorType: undefined, statusCode: undefined }
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const META = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'a=b' }

const sampledContext = () => trace.setSpan(ROOT_CONTEXT, tracer.startSpan('ambient'))
const spanOf = () => exporter.getFinishedSpans()[0]

describe('a request that is sent', () => {
  it('has a client span with the attributes of the conventions', () => {
    const parent = sampledContext()
    createTracer()
      .startCall(CALL, parent)
      ?.end({ ...OK, errorType: '-32602', statusCode: '-32602' })
    expect(spanOf()).toMatchObject({
      name: 'tools/call search',
      kind: SpanKind.CLIENT,
      parentSpanContext: { spanId: trace.getSpanContext(parent)?.spanId },
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.session.id': 'session',
        'mcp.protocol.version': '2025-11-25',
        'jsonrpc.request.id': '7',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search',
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
        'server.address': 'api.example',
        'server.port': 443,
        'vr_otel.mcp.server_label': 'search-server',
        'error.type': '-32602',
        'rpc.response.status_code': '-32602',
      },
    })
  })

  it.each([true, false])('has its arguments and result if content is captured: %s', (capturesContent) => {
    const span = createTracer({ capturesContent }).startCall(CALL, sampledContext())
    span?.setContent?.('arguments', { query: 'x' })
    span?.setContent?.('arguments', { notJson: 1n })
    span?.setContent?.('result', { text: 'y'.repeat(70_000) })
    span?.end(OK)
    const content = Object.entries(spanOf()?.attributes ?? {}).filter(([key]) => key.includes('tool.call.'))
    const cut = expect.stringMatching(/^\{"text":"y{65527}… \[truncated, 70011 characters\]$/)
    const expected = [
      ['gen_ai.tool.call.arguments', '{"query":"x"}'],
      ['gen_ai.tool.call.result', cut],
    ]
    expect(content).toEqual(capturesContent ? expected : [])
  })

  it('has no span in an unsampled trace, whose decision is propagated', () => {
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceFlags: TraceFlags.NONE,
    })
    expect(createTracer().startCall(CALL, context)).toBeUndefined()
    expect(createTracer().metaOf(context)?.['traceparent']).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-00$`))
  })

  it('carries the trace of its span', () => {
    const span = createTracer().startCall(CALL, sampledContext())
    const { traceId, spanId } = trace.getSpanContext(span?.context ?? ROOT_CONTEXT) ?? {}
    expect(createTracer().metaOf(span?.context ?? ROOT_CONTEXT)).toEqual({
      traceparent: `00-${traceId}-${spanId}-01`,
    })
  })

  it('carries nothing without a trace, or if that is switched off', () => {
    expect(createTracer().metaOf(ROOT_CONTEXT)).toBeUndefined()
    expect(createTracer({ carriesMeta: false }).metaOf(sampledContext())).toBeUndefined()
  })
})

describe('a request that is received', () => {
  it('continues the trace of its sender, with a link to the span of the HTTP request', () => {
    const ambient = sampledContext()
    const span = createTracer().startRequest({ ...CALL, server: undefined }, META, ambient)
    span?.end(OK)
    const finished = spanOf()
    expect(finished).toMatchObject({
      name: 'tools/call search',
      kind: SpanKind.SERVER,
      parentSpanContext: { traceId: TRACE_ID, spanId: SPAN_ID },
      links: [{ context: { spanId: trace.getSpanContext(ambient)?.spanId } }],
      status: { code: SpanStatusCode.UNSET },
    })
    expect(trace.getSpanContext(span?.context ?? ROOT_CONTEXT)?.traceId).toBe(TRACE_ID)
  })

  it('is a child of the HTTP request without a trace of its sender', () => {
    const ambient = sampledContext()
    for (const meta of [undefined, {}, { traceparent: 7 }, { traceparent: 'x'.repeat(10_000) }])
      createTracer().startRequest(CALL, meta, ambient)?.end(OK)
    const { spanId } = trace.getSpanContext(ambient) ?? {}
    expect(exporter.getFinishedSpans().map((span) => [span.parentSpanContext?.spanId, span.links])).toEqual(
      Array.from({ length: 4 }, () => [spanId, []]),
    )
  })

  it('has no link to its own parent', () => {
    const ambient = sampledContext()
    const { traceId, spanId } = trace.getSpanContext(ambient) ?? {}
    createTracer()
      .startRequest(CALL, { traceparent: `00-${traceId}-${spanId}-01` }, ambient)
      ?.end(OK)
    expect(spanOf()).toMatchObject({ parentSpanContext: { spanId }, links: [] })
  })

  it('continues an unsampled trace without a span', () => {
    const meta = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` }
    const span = createTracer().startRequest(CALL, meta, sampledContext())
    span?.end(OK)
    expect(exporter.getFinishedSpans()).toEqual([])
    expect(trace.getSpanContext(span?.context ?? ROOT_CONTEXT)).toMatchObject({ traceId: TRACE_ID })
  })

  it('has a link to the trace of a sender that is not trusted', () => {
    createTracer({ trustsParent: false }).startRequest(CALL, META, ROOT_CONTEXT)?.end(OK)
    expect(spanOf()?.parentSpanContext).toBeUndefined()
    expect(spanOf()?.links).toMatchObject([{ context: { traceId: TRACE_ID, spanId: SPAN_ID } }])
  })

  it('ignores `_meta` if that is switched off', () => {
    createTracer({ carriesMeta: false }).startRequest(CALL, META, ROOT_CONTEXT)?.end(OK)
    expect(spanOf()?.parentSpanContext).toBeUndefined()
  })

  it('has the name of a tool that is not listed as an attribute only', () => {
    createTracer()
      .startRequest({ ...CALL, isTargetKnown: false }, undefined, ROOT_CONTEXT)
      ?.end(OK)
    expect(spanOf()).toMatchObject({ name: 'tools/call', attributes: { 'gen_ai.tool.name': 'search' } })
  })
})

describe('the start of a server', () => {
  it('has a span with the reason of a failure', () => {
    const span = createTracer().startStartup('files', sampledContext())
    span?.end({ reason: 'spawn', errorType: 'ENOENT' })
    expect(spanOf()).toMatchObject({
      name: 'mcp.server.startup',
      kind: SpanKind.INTERNAL,
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'vr_otel.mcp.server_label': 'files',
        'vr_otel.mcp.startup.failure': 'spawn',
        'error.type': 'ENOENT',
      },
    })
  })
})

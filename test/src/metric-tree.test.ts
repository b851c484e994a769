import http from 'node:http'
import { PrometheusReader } from '@vr/otel-exporters'
import { CATALOG, GatewayInstruments, type Group } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { MeterProvider } from '@vr/otel-metrics'
import { beforeAll, describe, expect, it } from 'vitest'
import { Clock, KnownExchange } from './known-exchange.ts'
import { type MetricTree, metricTree } from './metric-tree.ts'

/** Every group but `process`, whose values are those of the machine: `process.test.ts` has its instruments. */
const GROUPS: readonly Group[] = [
  'http',
  'sse',
  'websocket',
  'tool',
  'mcp',
  'self',
  'http_semconv',
  'vllm_websocket',
  'upstream',
  'genai',
]
const DEFINITIONS = GROUPS.flatMap((group) => [...CATALOG[group]])

describe('a known exchange', () => {
  const during: Record<string, MetricTree> = {}
  let after: MetricTree

  beforeAll(async () => {
    const clock = new Clock()
    const reader = new PrometheusReader()
    const instruments = new GatewayInstruments({
      meterProvider: new MeterProvider({ readers: [reader] }),
      prefix: '',
      groups: GROUPS,
      now: clock.now,
    })
    const collect = async (): Promise<MetricTree> => {
      const { resourceMetrics, errors } = await reader.collect()
      expect(errors).toEqual([])
      return metricTree(resourceMetrics)
    }
    const exchange = new KnownExchange(instruments, clock, async (what) => {
      during[what] = upDownCountersOf(await collect())
    })
    const observation = observeNodeHttp([http], { instruments, observes: exchange.observes })
    await exchange.listen()
    const port = String(exchange.enginePort)
    try {
      await exchange.run()
    } finally {
      await exchange.close()
      observation.stop()
    }
    after = Object.fromEntries(
      Object.entries(await collect()).map(([name, value]) => [name.replace(port, 'ENGINE'), value]),
    )
  })

  it('records in every instrument of the catalog', () => {
    const recorded = new Set(Object.keys(after).map((series) => series.replace(/\{.*/, '')))
    expect([...recorded].sort()).toEqual(DEFINITIONS.map(({ name }) => name).sort())
  })

  it('counts one request in flight, then one stream', () => {
    expect(during).toEqual({
      request: {
        'http.in_flight_requests{}': 1,
        'http.server.active_requests{http.request.method=GET,url.scheme=http}': 1,
        'http.server.active_requests{http.request.method=POST,url.scheme=http}': 0,
        'http.server.active_requests{http.request.method=_OTHER,url.scheme=http}': 0,
        'sse.connections_in_flight{}': 0,
        'vllm:websocket_connections_active{}': 0,
      },
      stream: {
        'http.in_flight_requests{}': 0,
        'http.server.active_requests{http.request.method=GET,url.scheme=http}': 1,
        'http.server.active_requests{http.request.method=POST,url.scheme=http}': 0,
        'http.server.active_requests{http.request.method=_OTHER,url.scheme=http}': 0,
        'sse.connections_in_flight{}': 1,
        'vllm:websocket_connections_active{}': 0,
      },
    })
  })

  it('records exactly the expected series and values', () => {
    expect(after).toEqual({
      'gateway.overhead{route=/stream/{kind}}': 'count 1, sum 2.234',
      'gen_ai.client.operation.duration{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}':
        'count 3, sum 3.603',
      'gen_ai.client.operation.time_per_output_chunk{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}':
        'count 1, sum 0',
      'gen_ai.client.operation.time_to_first_chunk{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 2.402',
      'gen_ai.client.token.usage{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,gen_ai.token.type=input,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 422',
      'gen_ai.client.token.usage{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,gen_ai.token.type=output,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 206',
      'gen_ai.execute_tool.duration{error.type=Error}': 'count 1, sum 0.709',
      'gen_ai.execute_tool.duration{error.type=tool_error}': 'count 1, sum 0.709',
      'gen_ai.execute_tool.duration{gen_ai.tool.name=get_weather}': 'count 1, sum 1.009',
      'gen_ai.execute_tool.duration{gen_ai.tool.name=works}': 'count 1, sum 0',
      'gen_ai.execute_tool.duration{}': 'count 1, sum 0.709',
      'http.client.request.duration{error.type=500,http.request.method=GET,http.response.status_code=500,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 1.006',
      'http.client.request.duration{error.type=ECONNRESET,http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 1, sum 0.607',
      'http.client.request.duration{http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 0.802',
      'http.client.request.duration{http.request.method=POST,http.response.status_code=200,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 3, sum 3.616',
      'http.in_flight_requests{}': 0,
      'http.request.duration{method=GET,route=/calls}': 'count 1, sum 1.912',
      'http.request.duration{method=GET,route=/models/{id}}': 'count 2, sum 0.202',
      'http.request.duration{method=GET,route=/stream/{kind}}': 'count 6, sum 3.49',
      'http.request.duration{method=GET,route=unmatched}': 'count 2, sum 0.307',
      'http.request.duration{method=POST,route=/fails}': 'count 1, sum 0.211',
      'http.request.duration{method=_OTHER,route=/models/{id}}': 'count 1, sum 0.101',
      'http.requests{method=GET,route=/calls,status=200}': 1,
      'http.requests{method=GET,route=/models/{id},status=200}': 2,
      'http.requests{method=GET,route=/stream/{kind},status=200}': 6,
      'http.requests{method=GET,route=unmatched,status=200}': 1,
      'http.requests{method=GET,route=unmatched,status=404}': 1,
      'http.requests{method=POST,route=/fails,status=503}': 1,
      'http.requests{method=_OTHER,route=/models/{id},status=200}': 1,
      'http.server.active_requests{http.request.method=GET,url.scheme=http}': 0,
      'http.server.active_requests{http.request.method=POST,url.scheme=http}': 0,
      'http.server.active_requests{http.request.method=_OTHER,url.scheme=http}': 0,
      'http.server.request.duration{error.type=503,http.request.method=POST,http.response.status_code=503,http.route=/fails,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.211',
      'http.server.request.duration{error.type=client_abort,http.request.method=GET,http.response.status_code=200,http.route=/stream/:kind,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.028',
      'http.server.request.duration{error.type=server_error,http.request.method=GET,http.response.status_code=200,http.route=/stream/:kind,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.028',
      'http.server.request.duration{error.type=timeout,http.request.method=GET,http.response.status_code=200,http.route=/stream/:kind,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.028',
      'http.server.request.duration{error.type=upstream_error,http.request.method=GET,http.response.status_code=200,http.route=/stream/:kind,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.531',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,http.route=/calls,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 1.912',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,http.route=/models/:id,network.protocol.version=1.1,url.scheme=http}':
        'count 2, sum 0.202',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,http.route=/stream/:kind,network.protocol.version=1.1,url.scheme=http}':
        'count 2, sum 4.717',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=404,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.307',
      'http.server.request.duration{http.request.method=_OTHER,http.response.status_code=200,http.route=/models/:id,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.101',
      'mcp.client.operation.duration{gen_ai.operation.name=execute_tool,gen_ai.tool.name=works,mcp.method.name=tools/call,mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 0',
      'mcp.client.operation.duration{mcp.method.name=initialize,mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 0',
      'mcp.client.operation.duration{mcp.method.name=notifications/initialized,mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 0',
      'mcp.client.operation.duration{mcp.method.name=tools/list,mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 0',
      'mcp.client.session.duration{mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 1.301',
      'mcp.server.operation.duration{mcp.method.name=initialize,mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 0',
      'mcp.server.session.duration{mcp.protocol.version=2025-11-25,network.transport=pipe}':
        'count 1, sum 1.409',
      'mcp.server.startup_duration{server_label=broken,status=error}': 'count 1, sum 0',
      'mcp.server.startup_duration{server_label=files,status=error}': 'count 1, sum 0',
      'mcp.server.startup_duration{server_label=files,status=ok}': 'count 1, sum 0',
      'mcp.server.startup_duration{server_label=mcp-server.mjs,status=ok}': 'count 1, sum 1.301',
      'mcp.server.startup{server_label=broken,status=error}': 1,
      'mcp.server.startup{server_label=files,status=error}': 1,
      'mcp.server.startup{server_label=files,status=ok}': 1,
      'mcp.server.startup{server_label=mcp-server.mjs,status=ok}': 1,
      'sse.bytes{route=/stream/{kind}}': 444,
      'sse.connections_in_flight{}': 0,
      'sse.event.gap{route=/stream/{kind}}': 'count 3, sum 0.053',
      'sse.events{route=/stream/{kind}}': 7,
      'sse.stream.duration{route=/stream/{kind}}': 'count 6, sum 5.332',
      'sse.streams{outcome=client_abort,route=/stream/{kind}}': 1,
      'sse.streams{outcome=completed,route=/stream/{kind}}': 2,
      'sse.streams{outcome=server_error,route=/stream/{kind}}': 1,
      'sse.streams{outcome=timeout,route=/stream/{kind}}': 1,
      'sse.streams{outcome=upstream_error,route=/stream/{kind}}': 1,
      'sse.time_to_first_event{route=/stream/{kind}}': 'count 4, sum 3.519',
      'tool.calls.executed{tool_type=function}': 3,
      'tool.calls.executed{tool_type=mcp}': 2,
      'tool.calls.requested{tool_type=function}': 2,
      'tool.calls.requested{tool_type=mcp}': 1,
      'tool.errors{tool_type=function}': 1,
      'tool.errors{tool_type=mcp}': 1,
      'tool.execution.duration{tool_type=function}': 'count 3, sum 2.427',
      'tool.execution.duration{tool_type=mcp}': 'count 2, sum 0.709',
      'upstream.attempts{outcome=ok}': 3,
      'vllm:websocket_connection_duration{}': 'count 3, sum 2.721',
      'vllm:websocket_connections_active{}': 0,
      'vllm:websocket_connections{}': 3,
      'vr_otel.gen_ai.cache_read.input_tokens{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}': 106,
      'vr_otel.gen_ai.cache_write.input_tokens{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}': 58,
      'vr_otel.gen_ai.reasoning.output_tokens{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}': 34,
      'vr_otel.gen_ai.streams_without_usage{gen_ai.operation.name=chat,gen_ai.provider.name=openai,gen_ai.request.model=small,gen_ai.response.model=small,server.address=127.0.0.1,server.port=ENGINE}': 1,
      'vr_otel.http.malformed_requests{}': 1,
      'vr_otel.internal_errors{hook=response_headers}': 1,
      'vr_otel.values_cut{label=error.type}': 0,
      'vr_otel.values_cut{label=gen_ai.prompt.name}': 0,
      'vr_otel.values_cut{label=gen_ai.request.model}': 0,
      'vr_otel.values_cut{label=gen_ai.tool.name}': 0,
      'vr_otel.values_cut{label=mcp.method.name}': 0,
      'vr_otel.values_cut{label=method}': 1,
      'vr_otel.values_cut{label=route}': 0,
      'vr_otel.values_cut{label=rpc.response.status_code}': 0,
      'vr_otel.values_cut{label=server.address}': 0,
      'vr_otel.values_cut{label=server_label}': 0,
      'vr_otel.websocket.unread{}': 1,
      'websocket.closes{code=1000,route=/ws/{kind}}': 3,
      'websocket.connection.duration{route=/ws/{kind}}': 'count 3, sum 2.721',
      'websocket.connections_active{route=/ws/{kind}}': 0,
      'websocket.connections{outcome=accepted,route=/ws/{kind}}': 3,
      'websocket.connections{outcome=rejected,route=/ws/{kind}}': 1,
      'websocket.message.bytes{direction=received,route=/ws/{kind}}': 29,
      'websocket.message.bytes{direction=sent,route=/ws/{kind}}': 522,
      'websocket.messages{direction=received,route=/ws/{kind}}': 2,
      'websocket.messages{direction=sent,route=/ws/{kind}}': 9,
      'websocket.sessions{outcome=completed,route=/ws/{kind}}': 3,
      'websocket.time_to_first_event{route=/ws/{kind}}': 'count 3, sum 0.907',
      'websocket.turns{outcome=completed,route=/ws/{kind}}': 3,
    })
  })
})

function upDownCountersOf(tree: MetricTree): MetricTree {
  const names = DEFINITIONS.filter(({ kind }) => kind === 'up_down_counter').map(({ name }) => name)
  return Object.fromEntries(
    Object.entries(tree).filter(([series]) => names.some((name) => series.startsWith(`${name}{`))),
  )
}

import http from 'node:http'
import { PrometheusReader } from '@vr/otel-exporters'
import { CATALOG, GatewayInstruments, type Group } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { MeterProvider } from '@vr/otel-metrics'
import { beforeAll, describe, expect, it } from 'vitest'
import { Clock, KnownExchange } from './known-exchange.ts'
import { type MetricTree, metricTree } from './metric-tree.ts'

/**
 * The groups of requests, streams, WebSockets and tools. `process` has values of the machine, and `upstream` and `genai` need an
 * engine with an LLM API: `metric-names.test.ts` records all groups.
 */
const GROUPS: readonly Group[] = [
  'http',
  'sse',
  'websocket',
  'tool',
  'mcp',
  'self',
  'http_semconv',
  'vllm_websocket',
]
/** Instruments of the groups, without those of MCP messages. */
const DEFINITIONS = GROUPS.flatMap((group) => [...CATALOG[group]]).filter(
  ({ name }) => !/^mcp\.\w+\.(operation|session)\./.test(name),
)

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
      'http.client.request.duration{error.type=500,http.request.method=GET,http.response.status_code=500,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 1.006',
      'http.client.request.duration{error.type=ECONNRESET,http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 1, sum 0.607',
      'http.client.request.duration{http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,server.address=127.0.0.1,server.port=ENGINE}':
        'count 2, sum 0.802',
      'http.in_flight_requests{}': 0,
      'http.request.duration{method=GET,route=/calls}': 'count 1, sum 1.912',
      'http.request.duration{method=GET,route=/models/{id}}': 'count 2, sum 0.202',
      'http.request.duration{method=GET,route=/stream/{kind}}': 'count 5, sum 0.055',
      'http.request.duration{method=GET,route=unmatched}': 'count 2, sum 0.307',
      'http.request.duration{method=POST,route=/fails}': 'count 1, sum 0.211',
      'http.request.duration{method=_OTHER,route=/models/{id}}': 'count 1, sum 0.101',
      'http.requests{method=GET,route=/calls,status=200}': 1,
      'http.requests{method=GET,route=/models/{id},status=200}': 2,
      'http.requests{method=GET,route=/stream/{kind},status=200}': 5,
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
        'count 1, sum 0.081',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0',
      'http.server.request.duration{http.request.method=GET,http.response.status_code=404,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.307',
      'http.server.request.duration{http.request.method=_OTHER,http.response.status_code=200,http.route=/models/:id,network.protocol.version=1.1,url.scheme=http}':
        'count 1, sum 0.101',
      'mcp.server.startup{server_label=broken,status=error}': 1,
      'mcp.server.startup{server_label=files,status=error}': 1,
      'mcp.server.startup{server_label=files,status=ok}': 1,
      'mcp.server.startup_duration{server_label=broken,status=error}': 'count 1, sum 0',
      'mcp.server.startup_duration{server_label=files,status=error}': 'count 1, sum 0',
      'mcp.server.startup_duration{server_label=files,status=ok}': 'count 1, sum 0',
      'sse.bytes{route=/stream/{kind}}': 51,
      'sse.connections_in_flight{}': 0,
      'sse.event.gap{route=/stream/{kind}}': 'count 1, sum 0.053',
      'sse.events{route=/stream/{kind}}': 4,
      'sse.stream.duration{route=/stream/{kind}}': 'count 5, sum 0.696',
      'sse.streams{outcome=client_abort,route=/stream/{kind}}': 1,
      'sse.streams{outcome=completed,route=/stream/{kind}}': 1,
      'sse.streams{outcome=server_error,route=/stream/{kind}}': 1,
      'sse.streams{outcome=timeout,route=/stream/{kind}}': 1,
      'sse.streams{outcome=upstream_error,route=/stream/{kind}}': 1,
      'sse.time_to_first_event{route=/stream/{kind}}': 'count 3, sum 0.084',
      'tool.calls.executed{tool_type=function}': 2,
      'tool.calls.executed{tool_type=mcp}': 1,
      'tool.calls.requested{tool_type=function}': 1,
      'tool.calls.requested{tool_type=mcp}': 1,
      'tool.errors{tool_type=function}': 1,
      'tool.errors{tool_type=mcp}': 1,
      'tool.execution.duration{tool_type=function}': 'count 2, sum 1.418',
      'tool.execution.duration{tool_type=mcp}': 'count 1, sum 0.709',
      'vllm:websocket_connection_duration{}': 'count 3, sum 2.721',
      'vllm:websocket_connections_active{}': 0,
      'vllm:websocket_connections{}': 3,
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

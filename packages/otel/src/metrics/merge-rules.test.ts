import type { Meter } from '@opentelemetry/api'
import { DeliveryStats, observeDeliveryStats } from '@vr/otel-exporters'
import { CATALOG, GatewayInstruments, type Group, SCOPE_NAME } from '@vr/otel-instruments'
import { observeProcess } from '@vr/otel-instruments/adapters'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { mergeRuleOf, mergeRules } from './merge-rules.ts'

const CREATE_METHODS = [
  'createUpDownCounter',
  'createGauge',
  'createObservableUpDownCounter',
  'createObservableGauge',
] as const

/** Records the names of the gauges and up-down counters that a meter creates. */
function recordCreated(meter: Meter): string[] {
  const names: string[] = []
  const creator: Record<(typeof CREATE_METHODS)[number], (name: string, options?: object) => object> = meter
  for (const method of CREATE_METHODS) {
    const create = creator[method].bind(meter)
    creator[method] = (name, options) => {
      names.push(name)
      return create(name, options)
    }
  }
  return names
}

it.each(['vllm_responses', 'My_Gateway', ''])(
  'has the rule of every gauge that is created with the prefix "%s"',
  (prefix) => {
    const meterProvider = new MeterProvider()
    const created = recordCreated(meterProvider.getMeter(SCOPE_NAME))
    new GatewayInstruments({ meterProvider, prefix, groups: Object.keys(CATALOG) as Group[] })
    observeProcess(meterProvider).stop()
    observeDeliveryStats(meterProvider.getMeter(SCOPE_NAME), [new DeliveryStats('traces')])
    const rules = mergeRules({ prefix })
    expect(created.length).toBeGreaterThan(20)
    expect(created.filter((name) => !rules.has(name.toLowerCase()))).toEqual([])
  },
)

it('has these rules', () => {
  expect(Object.fromEntries(mergeRules({ prefix: 'gw' }))).toEqual({
    'gw.http.in_flight_requests': 'sum',
    'gw.sse.connections_in_flight': 'sum',
    'gw.websocket.connections_active': 'sum',
    'http.server.active_requests': 'sum',
    'vllm:websocket_connections_active': 'sum',
    'llama_stack.concurrent_requests': 'sum',
    'nodejs.eventloop.delay.min': 'min',
    'nodejs.eventloop.delay.max': 'max',
    'nodejs.eventloop.delay.mean': 'mean',
    'nodejs.eventloop.delay.stddev': 'max',
    'nodejs.eventloop.delay.p50': 'max',
    'nodejs.eventloop.delay.p90': 'max',
    'nodejs.eventloop.delay.p99': 'max',
    'nodejs.eventloop.utilization': 'mean',
    'v8js.memory.heap.used': 'sum',
    'v8js.memory.heap.space.size': 'sum',
    'v8js.memory.heap.space.available_size': 'sum',
    'v8js.memory.heap.space.physical_size': 'sum',
    'v8js.resource.active': 'sum',
    'process.memory.usage': 'sum',
    'process.memory.virtual': 'sum',
    'process.thread.count': 'sum',
    'process.unix.file_descriptor.count': 'sum',
    'process.uptime': 'max',
    'process.resident_memory': 'sum',
    'process.start_time': 'min',
    'process.open_fds': 'max',
    'process.max_fds': 'min',
    'vr_otel.telemetry.queued': 'sum',
    'vr_otel.workers': 'sum',
    'vr_otel.worker.push_age': 'max',
    'vr_otel.scrape_complete': 'min',
  })
})

it('prefers a rule of VR_CLUSTER_GAUGES, in any case, and has none for other gauges of the application', () => {
  const ruleOf = mergeRuleOf({
    metricsPrefix: 'gw',
    llamaStackPrefix: 'ogx',
    clusterGauges: { 'Queue.Length': 'last', 'process.uptime': 'mean' },
  })
  const names = [
    'queue.length',
    'QUEUE.LENGTH',
    'process.uptime',
    'gw.http.in_flight_requests',
    'ogx.concurrent_requests',
  ]
  expect([...names, 'queue.age'].map(ruleOf)).toEqual(['last', 'last', 'mean', 'sum', 'sum', undefined])
})

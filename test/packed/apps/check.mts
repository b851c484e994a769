// Imports every public entry point, as an application in TypeScript does; only compiled, never run.
import '@vr/otel/register'
import {
  type OtelHandle,
  observeMcpStartup,
  observeToolCall,
  setRoute,
  startOtel,
  type ToolType,
} from '@vr/otel'
import { createMetricsServer, PrometheusReader } from '@vr/otel-exporters'
import { DEFAULT_BUCKETS, GatewayInstruments } from '@vr/otel-instruments'
import { FRAMEWORKS, observeNodeHttp } from '@vr/otel-instruments/adapters'
import { MeterProvider, type MeterProviderOptions } from '@vr/otel-metrics'

const handle: OtelHandle = startOtel({ metricsPath: '/metrics' })
const settings: Readonly<Record<string, string>> = handle.settings
const toolType: ToolType = 'function'
const result: number = await observeToolCall(toolType, async () => 1)
const tools: string[] = observeMcpStartup('files', () => ['read'])
setRoute({}, '/users/{id}')

const options: MeterProviderOptions = { readers: [new PrometheusReader({})], cardinalityLimit: 100 }
const meterProvider = new MeterProvider(options)
const counter = meterProvider.getMeter('application').createCounter('orders')
const bound = counter.bind({ kind: 'book' })
bound.add(1)
const instruments = new GatewayInstruments({ meterProvider, prefix: 'gateway', buckets: DEFAULT_BUCKETS })

// @ts-expect-error a route is a text: what is exported has types and is not `any`
setRoute({}, 1)

export { createMetricsServer, FRAMEWORKS, instruments, observeNodeHttp, result, settings, tools }

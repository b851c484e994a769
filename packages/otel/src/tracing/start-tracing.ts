import { createRequire } from 'node:module'
import type { ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { createOtlpSpanProcessor, DeliveryStats } from '@vr/otel-exporters'
import type { McpTracer, RequestTracer } from '@vr/otel-instruments'
import { describeDestination, otlpExporterOptions } from '../config/otlp-exporter-options.ts'
import type { Settings } from '../config/settings.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { VERSION } from '../version.ts'
import { ClientTracer } from './client-tracer.ts'
import { createContextManager } from './context-manager.ts'
import { GatewayTracer } from './gateway-tracer.ts'
import { GatewayMcpTracer } from './mcp-tracer.ts'
import { GatewayPropagator } from './propagator.ts'
import { RedactUrls } from './redact-spans.ts'
import { UrlRedactor } from './redaction.ts'
import { SafeExceptionSpanProcessor } from './safe-exception-span-processor.ts'
import { ratioSampling, type SamplingRules } from './sampling.ts'
import { ServerTracer } from './server-tracer.ts'
import { PresetIdGenerator, RandomIds } from './trace-ids.ts'
import { createTracerProvider } from './tracer-provider.ts'
import { turnStarter } from './turn-trace.ts'

/** Loads the SDK, which must not be imported statically: it is needed only if tracing is enabled. */
const load = createRequire(import.meta.url)

/** Tracing that is running. */
export interface Tracing {
  readonly tracerProvider: TracerProvider
  readonly contextManager: ContextManager
  readonly propagator: TextMapPropagator
  /** Where spans are exported to, for the start line; `undefined` if they are not exported. */
  readonly destination: string | undefined
  /** Delivery statistics of the span exporter; empty if spans are not exported. */
  readonly deliveryStats: readonly DeliveryStats[]
  /** Traces requests and outgoing calls. */
  readonly requestTracer: RequestTracer
  /** Traces MCP requests and starts of MCP servers. */
  readonly mcpTracer: McpTracer
  /** Enables the instrumentation of undici; the function returned disables it. */
  readonly instrument: () => () => void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
  /** Aborts exports in progress, so that they do not delay the exit of the process. */
  shutdownNow(): void
}

/**
 * Starts tracing of requests (`node:http`, `node:http2`) and of outgoing calls (`node:http`, `fetch`, undici). A request is
 * sampled by the decision of its caller, else by a ratio. Spans are exported by OTLP. Registers no globals
 * and changes nothing in the process.
 */
export function startTracing(settings: Settings, resource: Resource, report: StderrLogger): Tracing {
  const sdk = load('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace')
  const sending = settings.tracesExporter.includes('otlp') ? createSending(settings, report) : undefined
  const sampler = new sdk.TraceIdRatioBasedSampler(settings.sampleRatio)
  const rules: SamplingRules = {
    ids: new RandomIds(),
    isSampled: ratioSampling(settings.sampleRatio),
    trustsParent: settings.trustsParent && settings.propagators.includes('tracecontext'),
  }
  const idGenerator = new PresetIdGenerator(rules.ids)
  const tracerProvider = createTracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({ root: sampler }),
    idGenerator,
    spanProcessors: [
      new SafeExceptionSpanProcessor(),
      new RedactUrls(new UrlRedactor(settings.redactedParameters)),
      ...(sending === undefined ? [] : [sending.processor]),
    ],
  })
  const propagator = createPropagator(settings, rules.ids)
  const contextManager = createContextManager()
  const tracer = tracerProvider.getTracer('@vr/otel', VERSION)
  const knownMethods = new Set(settings.knownMethods)
  const startTurn = settings.websocketTracing === 'turns' ? turnStarter(tracer) : undefined
  const server = new ServerTracer({ rules, idGenerator, tracer, propagator, knownMethods, startTurn })
  const { capturesContent } = settings
  const client = new ClientTracer({ tracer, propagator, knownMethods, capturesContent })
  return {
    tracerProvider,
    contextManager,
    propagator,
    destination: sending?.destination,
    deliveryStats: sending === undefined ? [] : [sending.deliveryStats],
    instrument: () => client.enable(tracerProvider),
    requestTracer: new GatewayTracer(server, client, settings.websocketTracing !== 'off'),
    mcpTracer: new GatewayMcpTracer({ tracer, propagator, carriesMeta: settings.mcpMeta, capturesContent }),
    // Not `forceFlush` of the provider: its timer of 30 s keeps the process alive, and may be a fake of the application.
    forceFlush: async () => sending?.processor.forceFlush(),
    shutdown: () => tracerProvider.shutdown(),
    shutdownNow: () => sending?.processor.shutdownNow(),
  }
}

/** Creates the span processor and exporter of `OTEL_TRACES_EXPORTER=otlp`. */
function createSending(settings: Settings, report: StderrLogger) {
  const connection = otlpExporterOptions(settings, 'traces', report)
  const deliveryStats = new DeliveryStats('traces')
  const processor = createOtlpSpanProcessor({
    ...connection,
    deliveryStats,
    scheduledDelayMillis: settings.spanDelay,
    maxQueueSize: settings.spanQueueSize,
    maxExportBatchSize: settings.spanBatchSize,
  })
  return { processor, deliveryStats, destination: describeDestination(connection) }
}

function createPropagator(settings: Settings, ids: RandomIds): GatewayPropagator {
  const { baggageKeys, trustsParent, propagators } = settings
  const core = load('@opentelemetry/core') as typeof import('@opentelemetry/core')
  const baggage = baggageKeys.length === 0 ? undefined : new core.W3CBaggagePropagator()
  const carriesTrace = propagators.includes('tracecontext')
  return new GatewayPropagator({ ids, carriesTrace, trustsParent, baggage, baggageKeys })
}

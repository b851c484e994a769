import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { createNoopMeter, diag, type MeterProvider } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { createOtlpGrpcTraceExporter } from '@vr/otel-exporters'
import type { Settings } from '../config/settings.ts'

/** Only loaded when tracing is on: none of it may be imported statically. */
const load = createRequire(import.meta.url)

/** Tracing that is running. */
export interface Tracing {
  readonly tracerProvider: TracerProvider
  readonly contextManager: ContextManager
  readonly propagator: TextMapPropagator
  /** Where spans go, for people. */
  readonly destination: string
  /** Makes spans of requests and calls from now on. */
  readonly instrument: () => void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
  /** Gives up what is being sent, so that it cannot hold up the end of the process. */
  abandon(): void
}

/**
 * Spans of requests (`node:http`) and of outgoing calls (`node:http`, `fetch`, undici), sampled by a ratio where the
 * caller has not decided, sent as OTLP over gRPC. Globals are the caller's to register.
 */
export function startTracing(settings: Settings, resource: Resource): Tracing {
  const sdk = load('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace')
  const { AsyncLocalStorageContextManager } = load(
    '@opentelemetry/context-async-hooks',
  ) as typeof import('@opentelemetry/context-async-hooks')
  const { setGlobalErrorHandler, W3CTraceContextPropagator } = load(
    '@opentelemetry/core',
  ) as typeof import('@opentelemetry/core')
  // The exporter says when sending begins to fail and when it works again; the SDK would print each failed batch.
  setGlobalErrorHandler((error) => diag.debug('from the tracing SDK:', error))
  const url = `${settings.otlpInsecure ? 'http' : 'https'}://${settings.otlpHost}:${settings.otlpPort}`
  const exporter = createOtlpGrpcTraceExporter({
    url,
    insecure: settings.otlpInsecure,
    headers: settings.otlpHeaders,
  })
  const tracerProvider = new sdk.TracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: settings.spanDelay,
        maxQueueSize: settings.spanQueueSize,
        maxExportBatchSize: Math.min(settings.spanBatchSize, settings.spanQueueSize),
      }),
    ],
  })
  return {
    tracerProvider,
    contextManager: new AsyncLocalStorageContextManager().enable(),
    propagator: new W3CTraceContextPropagator(),
    destination: url,
    instrument: () => instrument(tracerProvider),
    forceFlush: () => tracerProvider.forceFlush(),
    shutdown: () => tracerProvider.shutdown(),
    abandon: () => exporter.abandon(),
  }
}

function instrument(tracerProvider: TracerProvider): void {
  const { HttpInstrumentation } = load(
    '@opentelemetry/instrumentation-http',
  ) as typeof import('@opentelemetry/instrumentation-http')
  const { UndiciInstrumentation } = load(
    '@opentelemetry/instrumentation-undici',
  ) as typeof import('@opentelemetry/instrumentation-undici')
  const instrumentations = [new HttpInstrumentation(), new UndiciInstrumentation()]
  const noMetrics = noopMeterProvider()
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(tracerProvider)
    instrumentation.setMeterProvider(noMetrics)
    instrumentation.enable()
  }
  // An ES module has its own bindings of node:http and node:https: they follow only what is loaded now, through the
  // hook of the instrumentation, and copied over.
  load('node:http')
  load('node:https')
  syncBuiltinESMExports()
}

/** `http.*` durations are recorded by our own group only: once a request, sampled or not. */
function noopMeterProvider(): MeterProvider {
  const meter = createNoopMeter()
  return { getMeter: () => meter }
}

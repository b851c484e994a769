import {
  context,
  DiagLogLevel,
  diag,
  type MeterProvider,
  metrics,
  propagation,
  trace,
} from '@opentelemetry/api'
import type { LogLevel, StderrLogger } from '../logging/stderr-logger.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { apiGlobals, removeEmptyApiGlobals } from './api-globals.ts'
import { sdkDiagnostics } from './sdk-diagnostics.ts'

const DIAG_LEVELS: Readonly<Record<LogLevel, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
}

/**
 * Registers our providers and logger as globals of the OpenTelemetry API. Call it only if no other SDK needs the globals:
 * the first registration, even of a logger, fixes the API version that later registrations must have.
 * @returns removes the globals that were registered
 */
export function registerGlobals(
  log: StderrLogger,
  logLevel: LogLevel,
  meterProvider: MeterProvider | undefined,
  tracing: Tracing | undefined,
): () => void {
  const hadGlobals = apiGlobals() !== undefined
  const cleanups: (() => void)[] = []
  const register = (name: string, isRegistered: boolean, disable: () => void): void => {
    if (isRegistered) cleanups.push(disable)
    else
      log.warn(
        `global ${name} not registered: another one is registered already; telemetry that is recorded through it does not reach @vr/otel. Set VR_OTEL_GLOBALS=off if another SDK owns the globals`,
      )
  }
  register(
    'diagnostic logger',
    diag.setLogger(sdkDiagnostics(log), {
      logLevel: DIAG_LEVELS[logLevel],
      suppressOverrideMessage: true,
    }),
    () => diag.disable(),
  )
  if (meterProvider !== undefined) {
    register('meter provider', metrics.setGlobalMeterProvider(meterProvider), () => metrics.disable())
  }
  if (tracing !== undefined) {
    const { tracerProvider, contextManager, propagator } = tracing
    register('context manager', context.setGlobalContextManager(contextManager), () => context.disable())
    register('propagator', propagation.setGlobalPropagator(propagator), () => propagation.disable())
    register('tracer provider', trace.setGlobalTracerProvider(tracerProvider), () => trace.disable())
  }
  return () => {
    for (const step of cleanups.splice(0)) step()
    if (!hadGlobals) removeEmptyApiGlobals()
  }
}

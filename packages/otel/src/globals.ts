import {
  context,
  DiagLogLevel,
  diag,
  type MeterProvider,
  metrics,
  propagation,
  trace,
} from '@opentelemetry/api'
import { hasApiGlobals, removeEmptyApiGlobals } from './existing-sdk.ts'
import type { LogLevel, Report } from './report.ts'
import { sdkDiagnostics } from './sdk-diagnostics.ts'
import type { Tracing } from './tracing/start-tracing.ts'

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
 * Makes our providers the globals of the OpenTelemetry API. Only to be called where nobody else owns them: the first
 * registration of any kind, a logger included, fixes the version of the API that others have to have.
 * @returns takes them back
 */
export function registerGlobals(
  report: Report,
  logLevel: LogLevel,
  meterProvider: MeterProvider | undefined,
  tracing: Tracing | undefined,
): () => void {
  const hadGlobals = hasApiGlobals()
  const undo: (() => void)[] = []
  const register = (name: string, isRegistered: boolean, disable: () => void): void => {
    if (isRegistered) undo.push(disable)
    else report.warn(`the API's global ${name} belongs to somebody else; ours is not registered`)
  }
  register(
    'logger',
    diag.setLogger(sdkDiagnostics(report), {
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
    for (const step of undo.splice(0)) step()
    if (!hadGlobals) removeEmptyApiGlobals()
  }
}

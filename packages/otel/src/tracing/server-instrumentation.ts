import { createRequire } from 'node:module'
import type { Span, TracerProvider } from '@opentelemetry/api'
import type { Instrumented } from '@vr/otel-instruments/adapters'
import { NO_METRICS } from './no-metrics.ts'
import { splitTarget } from './request-target.ts'
import { withoutRequireHook } from './require-hook.ts'

const load = createRequire(import.meta.url)

/** What {@link instrumentServers} is given. */
export interface ServerInstrumentationParts {
  readonly tracerProvider: TracerProvider
  /** Called with the span of every request. */
  readonly onRequestSpan: (span: Span) => void
}

/**
 * Gives the way of a request through `@opentelemetry/instrumentation-http`, which makes its server span. The instrumentation
 * patches a stand-in for the module, never `Server.prototype` itself: one wrap of the prototype is enough, and it can be
 * taken back, or does nothing, whoever else has wrapped the same method since.
 */
export function instrumentServers(parts: ServerInstrumentationParts): Instrumented {
  const { HttpInstrumentation } = load(
    '@opentelemetry/instrumentation-http',
  ) as typeof import('@opentelemetry/instrumentation-http')
  const instrumentation = withoutRequireHook(
    () =>
      new HttpInstrumentation({
        enabled: false,
        disableOutgoingRequestInstrumentation: true,
        redactedQueryParamsServer: [], // spans are redacted when they end
        requestHook(span, request) {
          const { query } = splitTarget('url' in request ? (request.url ?? '') : '')
          if (query !== undefined) span.setAttribute('url.query', query)
          parts.onRequestSpan(span)
        },
      }),
  )
  instrumentation.setTracerProvider(parts.tracerProvider)
  instrumentation.setMeterProvider(NO_METRICS)
  return (past, scheme) => {
    const prototype = {
      emit(this: Parameters<typeof past>[0], ...args: unknown[]): unknown {
        return past(this, args)
      },
    }
    const definition = instrumentation.getModuleDefinitions().find(({ name }) => name === scheme)
    definition?.patch?.({ Server: { prototype } })
    const { emit } = prototype
    return (server, args) => Reflect.apply(emit, server, args)
  }
}

import type { ClientRequest } from 'node:http'
import { createRequire } from 'node:module'
import type { Attributes, Context, TracerProvider } from '@opentelemetry/api'
import type { HttpCallTrace, RequestTracer } from '@vr/otel-instruments'
import { startAll } from '@vr/otel-instruments/internal'
import { type ClientSpanParts, contextOfClientSpan, traceHttpCall } from './http-client-spans.ts'
import { methodAttributes, nameOfMethod } from './http-method.ts'
import { NOOP_METER_PROVIDER } from './noop-meter-provider.ts'
import { readPeerAddresses } from './peer-addresses.ts'
import { absoluteUrl, splitTarget } from './request-target.ts'
import { withoutRequireHook } from './require-hook.ts'
import { createSampledOnlyUndici, type SampledOnlyUndici, type UndiciRequest } from './sampled-only-undici.ts'
import { getUndiciSpan, setUndiciSpan } from './undici-span.ts'
import { endWebSocketClientSpans } from './websocket-client-spans.ts'

const load = createRequire(import.meta.url)

/** Traces outgoing calls: those of `node:http` by itself, those of undici by `@opentelemetry/instrumentation-undici`. */
export class ClientTracer implements Pick<RequestTracer, 'startHttpCall' | 'startUndiciCall'> {
  readonly #parts: ClientSpanParts
  #undici: SampledOnlyUndici | undefined
  /** Of the undici call that is being started. */
  #resendCount = 0

  constructor(parts: ClientSpanParts) {
    this.#parts = parts
  }

  startHttpCall(request: ClientRequest, active: Context): HttpCallTrace | undefined {
    return traceHttpCall(this.#parts, request, active)
  }

  startUndiciCall(request: object, active: Context, resendCount: number): Context | undefined {
    this.#resendCount = resendCount
    this.#undici?.traceRequest(request as UndiciRequest, active)
    const span = getUndiciSpan(request)
    return span && contextOfClientSpan(this.#parts, span)
  }

  /**
   * Enables the instrumentation of undici.
   * @returns disables it
   */
  enable(tracerProvider: TracerProvider): () => void {
    return startAll([readPeerAddresses, endWebSocketClientSpans, () => this.#enableUndici(tracerProvider)])
  }

  #enableUndici(tracerProvider: TracerProvider): () => void {
    const undici = this.#createUndiciInstrumentation()
    undici.setTracerProvider(tracerProvider)
    undici.setMeterProvider(NOOP_METER_PROVIDER)
    undici.enable()
    this.#undici = undici
    return () => {
      this.#undici = undefined
      undici.disable()
    }
  }

  #createUndiciInstrumentation(): SampledOnlyUndici {
    const { UndiciInstrumentation } = load(
      '@opentelemetry/instrumentation-undici',
    ) as typeof import('@opentelemetry/instrumentation-undici')
    const { propagator, knownMethods } = this.#parts
    const Instrumentation = createSampledOnlyUndici(UndiciInstrumentation, propagator)
    return withoutRequireHook(
      () =>
        new Instrumentation({
          startSpanHook: (request) => this.#undiciAttributes(request as UndiciRequest),
          requestHook: (span, request) => {
            span.updateName(nameOfMethod(request.method, knownMethods))
            setUndiciSpan(request, span)
          },
        }),
    )
  }

  /** Replaces attributes that the instrumentation sets in another way than the HTTP semantic conventions. */
  #undiciAttributes({ method, origin, path }: UndiciRequest): Attributes {
    return {
      'http.request.method_original': undefined, // set below if it differs from the method
      ...methodAttributes(method, this.#parts.knownMethods),
      'url.full': absoluteUrl(new URL(origin).origin, path),
      'url.query': splitTarget(path).query,
      ...(this.#resendCount === 0 ? {} : { 'http.request.resend_count': this.#resendCount }),
    }
  }
}

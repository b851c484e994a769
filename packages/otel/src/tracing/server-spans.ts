import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { OwnTracing } from '@vr/otel-instruments/internal'
import { nameOfMethod } from './http-method.ts'
import { readParent, untrustedParent } from './propagator.ts'
import { readHttp2TraceHeaders, readTraceHeaders, type TraceHeaders } from './read-trace-headers.ts'
import { decideSampling, type RequestSampling, type SamplingRules } from './sampling.ts'
import { type ReceivedRequest, serverAttributes } from './server-attributes.ts'
import { setRpcMetadata } from './set-rpc-metadata.ts'
import type { PresetIdGenerator } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** What {@link ServerSpanFactory} is made with. */
export interface ServerSpanParts {
  readonly rules: SamplingRules
  readonly idGenerator: PresetIdGenerator
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** Methods that are not `_OTHER`. */
  readonly knownMethods: readonly string[]
}

/**
 * Begins the trace of every request that a server of the application gets. The sampling decision is taken once, before
 * anything is made: a sampled request has a server span, and the SDK gets the trace id that was decided on; another one has
 * a context with ids and no span, and pays for nothing else.
 */
export class ServerSpanFactory implements OwnTracing {
  readonly #parts: ServerSpanParts
  readonly #knownMethods: ReadonlySet<string>
  readonly #readsBaggage: boolean

  constructor(parts: ServerSpanParts) {
    this.#parts = parts
    this.#knownMethods = new Set(parts.knownMethods)
    this.#readsBaggage = parts.propagator.fields().includes('baggage')
  }

  readonly http1: OwnTracing['http1'] = (request, server, isExcluded) => {
    const carrier = readTraceHeaders(request.rawHeaders)
    const decision = this.#decide(carrier, isExcluded)
    if (!decision.isSampled) return this.#unsampled(decision, carrier)
    const { headers, method = '', url = '', httpVersion: version, socket: peer } = request
    const scheme = 'setSecureContext' in server ? 'https' : 'http'
    const received = { method, target: url, scheme, authority: headers.host, headers, version, peer } as const
    return this.#sampled(decision, carrier, received)
  }

  readonly http2: OwnTracing['http2'] = (headers, peer, isExcluded) => {
    const carrier = readHttp2TraceHeaders(headers)
    const decision = this.#decide(carrier, isExcluded)
    if (!decision.isSampled) return this.#unsampled(decision, carrier)
    return this.#sampled(decision, carrier, {
      method: String(headers[':method']),
      target: headers[':path'] ?? '',
      scheme: headers[':scheme'] === 'https' ? 'https' : 'http',
      authority: headers[':authority'] ?? headers.host,
      headers,
      version: '2',
      peer,
    })
  }

  #decide({ traceparent, tracestate }: TraceHeaders, isExcluded: boolean): RequestSampling {
    const caller = traceparent === undefined ? undefined : readParent(traceparent, tracestate)
    return decideSampling(this.#parts.rules, caller, isExcluded)
  }

  #unsampled(decision: RequestSampling, { baggage }: TraceHeaders): Context {
    const { rules, propagator } = this.#parts
    const base =
      baggage === undefined || !this.#readsBaggage
        ? undefined
        : propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter)
    return new UnsampledContext(rules.ids, decision, base)
  }

  #sampled(decision: RequestSampling, carrier: TraceHeaders, request: ReceivedRequest): Context {
    const { tracer, idGenerator: handedIds, propagator } = this.#parts
    const parent = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
    const origin = untrustedParent(parent)
    const attributes = serverAttributes(request, this.#knownMethods)
    const name = nameOfMethod(request.method, this.#knownMethods)
    handedIds.preset(decision.newTraceId?.traceId)
    try {
      const links = origin === undefined ? [] : [{ context: origin }]
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes, links }, parent)
      return setRpcMetadata(trace.setSpan(parent, span), span, name)
    } finally {
      handedIds.preset(undefined)
    }
  }
}

import type { IncomingMessage, Server } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { RequestTrace } from '@vr/otel-instruments'
import { nameOfMethod } from './http-method.ts'
import { readParent, untrustedParent } from './propagator.ts'
import { readHttp2TraceHeaders, readTraceHeaders, type TraceHeaders } from './read-trace-headers.ts'
import { SampledTrace } from './sampled-trace.ts'
import { decideSampling, type RequestSampling, type SamplingRules } from './sampling.ts'
import { type ReceivedRequest, serverAttributes } from './server-attributes.ts'
import { setRpcMetadata } from './set-rpc-metadata.ts'
import type { PresetIdGenerator } from './trace-ids.ts'
import type { StartTurn } from './turn-trace.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** What {@link ServerTracer} is created with. */
export interface ServerTracerParts {
  readonly rules: SamplingRules
  /** That of the SDK. */
  readonly idGenerator: PresetIdGenerator
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** The values of `http.request.method`, without `_OTHER`. */
  readonly knownMethods: ReadonlySet<string>
  /** Starts the spans of turns; `undefined` if turns have none. */
  readonly startTurn: StartTurn | undefined
}

/** The connection of a request. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

/**
 * Starts the trace of every request that a server receives. The sampling decision is taken once, before anything is
 * created. A sampled request gets a server span, and the SDK uses the trace id of the decision. Any other request gets a
 * context with ids. See docs/decisions/one-sampling-decision.md.
 */
export class ServerTracer {
  readonly #parts: ServerTracerParts
  readonly #readsBaggage: boolean

  constructor(parts: ServerTracerParts) {
    this.#parts = parts
    this.#readsBaggage = parts.propagator.fields().includes('baggage')
  }

  /**
   * Starts the trace of an HTTP/1 request.
   * @param isExcluded whether the request must not be sampled
   */
  startHttp1(request: IncomingMessage, server: Server, isExcluded: boolean): RequestTrace {
    const carrier = readTraceHeaders(request.rawHeaders)
    const sampling = this.#decide(carrier, isExcluded)
    if (!sampling.isSampled) return this.#unsampled(sampling, carrier)
    const { headers, method = '', url = '', httpVersion: version, socket: peer } = request
    const scheme = 'setSecureContext' in server ? 'https' : 'http'
    const received = { method, target: url, scheme, authority: headers.host, headers, version, peer } as const
    return this.#sampled(sampling, carrier, received)
  }

  /**
   * Starts the trace of an HTTP/2 stream.
   * @param isExcluded whether the request must not be sampled
   */
  startHttp2(headers: IncomingHttpHeaders, peer: Peer | undefined, isExcluded: boolean): RequestTrace {
    const carrier = readHttp2TraceHeaders(headers)
    const sampling = this.#decide(carrier, isExcluded)
    if (!sampling.isSampled) return this.#unsampled(sampling, carrier)
    return this.#sampled(sampling, carrier, {
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

  #unsampled(sampling: RequestSampling, { baggage }: TraceHeaders): UnsampledContext {
    const { rules, propagator } = this.#parts
    const base =
      baggage === undefined || !this.#readsBaggage
        ? undefined
        : propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter)
    return new UnsampledContext(rules.ids, sampling, base)
  }

  #sampled(sampling: RequestSampling, carrier: TraceHeaders, request: ReceivedRequest): SampledTrace {
    const { tracer, idGenerator, propagator, knownMethods, startTurn } = this.#parts
    const parent = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
    const untrusted = untrustedParent(parent)
    const attributes = serverAttributes(request, knownMethods)
    const name = nameOfMethod(request.method, knownMethods)
    idGenerator.preset(sampling.newTraceId?.traceId)
    try {
      const links = untrusted === undefined ? [] : [{ context: untrusted }]
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes, links }, parent)
      return new SampledTrace(setRpcMetadata(trace.setSpan(parent, span), span, name), span, startTurn)
    } finally {
      idGenerator.preset(undefined)
    }
  }
}

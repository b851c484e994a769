import type { Attributes, Context, Histogram, UpDownCounter } from '@opentelemetry/api'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'

/** HTTP metrics of the semantic conventions 1.44, under their own names. Off by default. */
export const HTTP_SEMCONV_DEFINITIONS = {
  serverDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP server requests; of a stream, all of it.',
    attributes: [
      'http.request.method',
      'url.scheme',
      'http.route',
      'http.response.status_code',
      'network.protocol.version',
      'error.type',
    ],
    buckets: 'semconv',
  },
  active: {
    name: 'http.server.active_requests',
    kind: 'up_down_counter',
    unit: '{request}',
    description: 'HTTP server requests under way, streams among them.',
    attributes: ['http.request.method', 'url.scheme'],
  },
  clientDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP client requests, to the end of the answer.',
    attributes: [
      'http.request.method',
      'server.address',
      'server.port',
      'http.response.status_code',
      'network.protocol.version',
      'error.type',
    ],
    buckets: 'semconv',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** What the conventions ask of a server's request at its end. */
export interface ServerRequestFacts {
  readonly scheme: 'http' | 'https'
  readonly method: string
  readonly protocolVersion: string
  /** In the framework's own spelling. */
  readonly route: string | undefined
  /** `undefined` if none was sent. */
  readonly status: number | undefined
  readonly errorType: string | undefined
}

/** What the conventions ask of a client's request at its end. */
export interface ClientRequestFacts {
  readonly method: string
  readonly address: string
  readonly port: number
  /** Such as `1.1`; `undefined` if there was no connection. */
  readonly protocolVersion: string | undefined
  readonly status: number | undefined
  readonly errorType: string | undefined
}

/** Records requests by the semantic conventions. */
export class HttpSemconvInstruments {
  readonly #serverDuration: Histogram
  readonly #active: UpDownCounter
  readonly #clientDuration: Histogram

  constructor(make: InstrumentFactory) {
    this.#serverDuration = make.histogram(HTTP_SEMCONV_DEFINITIONS.serverDuration)
    this.#active = make.upDownCounter(HTTP_SEMCONV_DEFINITIONS.active)
    this.#clientDuration = make.histogram(HTTP_SEMCONV_DEFINITIONS.clientDuration)
  }

  /** A request of a server arrived (+1) or ended (-1). */
  activeChanged(by: 1 | -1, method: string, scheme: string): void {
    this.#active.add(by, { 'http.request.method': method, 'url.scheme': scheme })
  }

  /** A request of a server ended. */
  serverEnded(facts: ServerRequestFacts, seconds: number, context: Context): void {
    const attributes: Attributes = {
      'http.request.method': facts.method,
      'url.scheme': facts.scheme,
      'network.protocol.version': facts.protocolVersion,
      ...optional('http.route', facts.route),
      ...optional('http.response.status_code', facts.status),
      ...optional('error.type', facts.errorType),
    }
    this.#serverDuration.record(seconds, attributes, context)
  }

  /** A request of a client ended. */
  clientEnded(facts: ClientRequestFacts, seconds: number, context: Context): void {
    const attributes: Attributes = {
      'http.request.method': facts.method,
      'server.address': facts.address,
      'server.port': facts.port,
      ...optional('http.response.status_code', facts.status),
      ...optional('network.protocol.version', facts.protocolVersion),
      ...optional('error.type', facts.errorType),
    }
    this.#clientDuration.record(seconds, attributes, context)
  }
}

function optional(name: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [name]: value }
}

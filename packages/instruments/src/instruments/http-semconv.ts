import type { Attributes, Context, Histogram } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { CALL_ERROR_TYPE } from '../cardinality/call-error-type.ts'
import { REQUEST_METHOD } from '../cardinality/method.ts'
import { OUTCOME } from '../cardinality/outcome.ts'
import { HTTP_ROUTE } from '../cardinality/route.ts'
import { SERVER_ADDRESS, SERVER_PORT, ServerLabels } from '../cardinality/server.ts'
import { codesFrom, STATUS_CODE, statusCode } from '../cardinality/status.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'
import type { LabelOverflow } from './self.ts'
import { SeriesIndex } from './series.ts'

const SCHEME = {
  name: 'url.scheme',
  values: ['http', 'https'],
  overflow: undefined,
  description: 'URL schemes of HTTP',
} as const satisfies AttributeDefinition

const PROTOCOL_VERSION = {
  name: 'network.protocol.version',
  values: ['0.9', '1.0', '1.1', '2', '3'],
  overflow: undefined,
  description: 'versions of HTTP',
} as const satisfies AttributeDefinition

const SERVER_ERROR_TYPE = {
  name: 'error.type',
  values: [...OUTCOME.values.filter((outcome) => outcome !== 'completed'), ...codesFrom(500)],
  overflow: '_OTHER',
  description: 'outcomes except `completed`, and status codes from 500; absent if the request succeeded',
} as const satisfies AttributeDefinition

/** HTTP metrics of the semantic conventions 1.45, under their own names. Off by default. */
export const HTTP_SEMCONV_DEFINITIONS = {
  serverDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP server requests. For a stream, until the stream ends.',
    attributes: [REQUEST_METHOD, SCHEME, HTTP_ROUTE, STATUS_CODE, PROTOCOL_VERSION, SERVER_ERROR_TYPE],
    buckets: 'semconv',
  },
  active: {
    name: 'http.server.active_requests',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{request}',
    description: 'Active HTTP server requests, including streams.',
    attributes: [REQUEST_METHOD, SCHEME],
  },
  clientDuration: {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of HTTP client requests, to the end of the response. For an upgrade or a CONNECT, to the response headers.',
    attributes: [REQUEST_METHOD, SERVER_ADDRESS, SERVER_PORT, STATUS_CODE, PROTOCOL_VERSION, CALL_ERROR_TYPE],
    buckets: 'semconv',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Attributes of a server request at its end. */
export interface ServerRequestFacts {
  readonly scheme: 'http' | 'https'
  readonly method: string
  readonly protocolVersion: string
  /** Route template as the framework writes it, bounded by the caller. */
  readonly route: string | undefined
  /** Status code that was sent; `undefined` if none was. */
  readonly status: number | undefined
  readonly errorType: string | undefined
}

/** Attributes of a client request at its end. */
export interface ClientRequestFacts {
  readonly method: string
  readonly address: string
  readonly port: number
  /** For example `1.1`; `undefined` without a connection. */
  readonly protocolVersion: string | undefined
  readonly status: number | undefined
  readonly errorType: string | undefined
}

/** Dependencies of {@link HttpSemconvInstruments}. */
export interface HttpSemconvParts {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
}

/** Records requests according to the semantic conventions. Callers bound methods and routes. No method throws. */
export class HttpSemconvInstruments {
  readonly #serverDuration: Histogram
  readonly #active: SeriesIndex<InFlight>
  readonly #clientDuration: Histogram
  readonly #now: () => number
  readonly #servers = new ServerLabels()
  readonly #serverErrors = new BoundedValues(SERVER_ERROR_TYPE)
  readonly #callErrors = new BoundedValues(CALL_ERROR_TYPE)

  constructor(make: InstrumentFactory, { now }: HttpSemconvParts) {
    this.#serverDuration = make.histogram(HTTP_SEMCONV_DEFINITIONS.serverDuration)
    const active = make.upDownCounter(HTTP_SEMCONV_DEFINITIONS.active)
    this.#active = new SeriesIndex(
      (method, scheme) => new InFlight(active, { 'http.request.method': method, ...known(SCHEME, scheme) }),
    )
    this.#clientDuration = make.histogram(HTTP_SEMCONV_DEFINITIONS.clientDuration)
    this.#now = now
  }

  /** Number of values that were replaced, by label. */
  get overflows(): readonly LabelOverflow[] {
    return [
      { label: SERVER_ADDRESS.name, count: this.#servers.overflowCount },
      {
        label: CALL_ERROR_TYPE.name,
        count: this.#serverErrors.overflowCount + this.#callErrors.overflowCount,
      },
    ]
  }

  /** Called when a server request starts (1) or ends (-1). */
  activeChanged(by: 1 | -1, method: string, scheme: string): void {
    this.#active.get(method, scheme).change(by)
  }

  /** Called when a server request ends. */
  serverEnded(facts: ServerRequestFacts, seconds: number, context: Context): void {
    const { errorType } = facts
    const error = errorType === undefined ? undefined : this.#serverErrors.label(errorType, this.#now())
    const attributes: Attributes = {
      'http.request.method': facts.method,
      ...known(SCHEME, facts.scheme),
      ...known(PROTOCOL_VERSION, facts.protocolVersion),
      ...optional('http.route', facts.route),
      ...optional('http.response.status_code', statusCode(facts.status)),
      ...optional('error.type', error),
    }
    this.#record(this.#serverDuration, seconds, attributes, context)
  }

  /** Called when a client request ends. */
  clientEnded(facts: ClientRequestFacts, seconds: number, context: Context): void {
    const now = this.#now()
    const { errorType } = facts
    const server = this.#servers.label(facts.address, facts.port, now)
    const error = errorType === undefined ? undefined : this.#callErrors.label(errorType, now)
    const attributes: Attributes = {
      'http.request.method': facts.method,
      'server.address': server.address,
      ...optional('server.port', server.port),
      ...optional('http.response.status_code', statusCode(facts.status)),
      ...known(PROTOCOL_VERSION, facts.protocolVersion),
      ...optional('error.type', error),
    }
    this.#record(this.#clientDuration, seconds, attributes, context)
  }

  #record(histogram: Histogram, seconds: number, attributes: Attributes, context: Context): void {
    try {
      histogram.record(seconds, attributes, context)
    } catch (error) {
      internalErrors.report('request_semconv', error)
    }
  }
}

/** Returns an attribute with a closed list of values; no attribute for any other value. */
function known({ name, values }: AttributeDefinition, value: string | undefined): Attributes {
  return value !== undefined && values.includes(value) ? { [name]: value } : {}
}

function optional(name: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [name]: value }
}

import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { HttpSemconvInstruments } from '../instruments/http-semconv.ts'
import type { IncomingRequest } from './http-heads.ts'

/** A request at its end. */
interface EndedRequest {
  /** The template that matched; `undefined` without one. */
  readonly route: string | undefined
  /** Status code that was sent; `undefined` if no headers were sent. */
  readonly status: number | undefined
  /** `error.type` of the request; `undefined` if it succeeded. */
  readonly errorType: string | undefined
  /** Time since the arrival; `undefined` if the clock failed. */
  readonly seconds: number | undefined
  readonly context: Context
}

/** A request as the semantic conventions of HTTP servers measure it: from its arrival to the end of its response or stream. */
export class SemconvRequest {
  readonly #instruments: HttpSemconvInstruments
  readonly #method: string
  readonly #scheme: 'http' | 'https'
  readonly #protocolVersion: string

  private constructor(instruments: HttpSemconvInstruments, method: string, request: IncomingRequest) {
    this.#instruments = instruments
    this.#method = method
    this.#scheme = request.scheme
    this.#protocolVersion = request.protocolVersion
    instruments.activeChanged(1, method, request.scheme)
  }

  /**
   * Begins to measure a request that has arrived. Returns `undefined` if the group `http_semconv` is off.
   * @param method the value of its label
   */
  static begin(
    { httpSemconv }: GatewayInstruments,
    method: string,
    request: IncomingRequest,
  ): SemconvRequest | undefined {
    return httpSemconv === undefined ? undefined : new SemconvRequest(httpSemconv, method, request)
  }

  /** Called once, when the response has ended. */
  end({ route, status, errorType, seconds, context }: EndedRequest): void {
    this.#instruments.activeChanged(-1, this.#method, this.#scheme)
    if (seconds === undefined) return
    const [method, scheme, protocolVersion] = [this.#method, this.#scheme, this.#protocolVersion]
    this.#instruments.serverEnded(
      { method, scheme, protocolVersion, route, status, errorType },
      seconds,
      context,
    )
  }
}

import type { Span } from '@opentelemetry/api'
import { PrivateState } from '@vr/otel-instruments/internal'

/** The client span of a request of undici, in a private field of the request. */
class UndiciSpan extends PrivateState {
  #span: Span

  constructor(request: object, span: Span) {
    super(request)
    this.#span = span
  }

  static set(request: object, span: Span): void {
    if (#span in request) request.#span = span
    else new UndiciSpan(request, span)
  }

  static of(request: object): Span | undefined {
    return #span in request ? request.#span : undefined
  }
}

/**
 * Sets the client span of a request.
 * @param request as the channels of undici publish it
 */
export function setUndiciSpan(request: object, span: Span): void {
  UndiciSpan.set(request, span)
}

/** Returns the client span of a request; `undefined` if it has none. */
export function getUndiciSpan(request: object): Span | undefined {
  return UndiciSpan.of(request)
}

import type { Span } from '@opentelemetry/api'

/** Returns its argument: a class that extends it adds its private fields to that object (ECMA-262 section 10.2.2). */
function argument(target: object): object {
  return target
}

/**
 * The client span of a request of undici, in a private field of the request. It is invisible to the application, and a
 * `WeakMap` costs a hundred times as much for the unsampled calls, which are looked up too.
 */
class UndiciSpan extends (argument as unknown as new (target: object) => object) {
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

import type { ServerResponse } from 'node:http'
import { type Context, trace } from '@opentelemetry/api'
import type { RequestObservation } from '../observation/request-observation.ts'
import type { Undo } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/**
 * Reads the context of a request from an instrumentation that wrapped `Server.prototype.emit` before this package. Its
 * wrapper runs inside ours, so the active context at our wrapper is not yet that of its span. But every OpenTelemetry
 * instrumentation adds listeners to the response while it emits the request in the context of the span. The active
 * context at that call is therefore the context of this request.
 */
export class ContextCapture {
  readonly #activeContext: () => Context
  /** The request that is being emitted and whose context is not known. */
  #emitting: RequestObservation | undefined

  constructor(activeContext: () => Context) {
    this.#activeContext = activeContext
  }

  /**
   * Wraps `on` of responses.
   * @returns undoes it
   */
  wrap(prototype: ServerResponse): Undo {
    const capture = this
    return wrapMethod(
      prototype,
      'on',
      (original, wrap) =>
        function on(this: ServerResponse, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          if (capture.#emitting !== undefined) capture.#capture(capture.#emitting)
          return original(this, args)
        },
    )
  }

  /** Calls `emit`, which emits a request, and captures the context of the request meanwhile. */
  during<Result>(observation: RequestObservation, emit: () => Result): Result {
    const outer = this.#emitting
    this.#emitting = observation
    try {
      return emit()
    } finally {
      this.#emitting = outer
    }
  }

  #capture(observation: RequestObservation): void {
    const context = this.#activeContext()
    if (trace.getSpan(context) === undefined) return
    observation.setContext(context)
    this.#emitting = undefined
  }
}

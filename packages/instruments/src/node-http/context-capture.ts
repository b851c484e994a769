import type { ServerResponse } from 'node:http'
import { type Context, trace } from '@opentelemetry/api'
import type { RequestObservation } from '../observation/request-observation.ts'
import { wrapMethod } from '../patching/wrap-method.ts'

/**
 * Learns the context of a request from instrumentation that wrapped `Server.prototype.emit` before us: its wrap is then
 * inside ours, and what we see when a request is emitted is the context outside its span. Every instrumentation of
 * OpenTelemetry adds listeners to the response inside that span, while the request is being emitted; so the context at
 * such a call is the right one, and no other request's.
 */
export class ContextCapture {
  readonly #activeContext: () => Context
  #entering: RequestObservation | undefined

  constructor(activeContext: () => Context) {
    this.#activeContext = activeContext
  }

  /**
   * Looks at every listener that is added to a response.
   * @returns undoes it
   */
  watch(prototype: ServerResponse): () => void {
    const probe = this
    return wrapMethod(
      prototype,
      'on',
      (original, wrap) =>
        function on(this: ServerResponse, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          if (probe.#entering !== undefined) probe.#look(probe.#entering)
          return original(this, args)
        },
    )
  }

  /** Emits a request; what is seen meanwhile is its context. */
  during<Result>(observation: RequestObservation, emit: () => Result): Result {
    const outer = this.#entering
    this.#entering = observation
    try {
      return emit()
    } finally {
      this.#entering = outer
    }
  }

  #look(observation: RequestObservation): void {
    const context = this.#activeContext()
    if (trace.getSpan(context) === undefined) return
    observation.setContext(context)
    this.#entering = undefined
  }
}

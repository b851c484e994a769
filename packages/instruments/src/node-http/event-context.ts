import type { EventEmitter } from 'node:events'
import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { type Observation, observationOf } from '../observation/observation-registry.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { currentRequest, runAgainAsRequest } from '../request-context/current-request.ts'

/**
 * Emits the events of requests and responses, so that their listeners run as the request. What arrives after the headers
 * is emitted from the socket of the connection, in a context that knows nothing of the request; and a handler that waits
 * for the end of a body with a listener goes on from there to the engine.
 */
export class EventContext {
  readonly #activeContext: () => Context
  #isStopped = false

  constructor({ activeContext }: GatewayInstruments) {
    this.#activeContext = activeContext
  }

  /** Calls `original`, the `emit` of an emitter, with the arguments of a call of it. */
  emit(emitter: EventEmitter, original: Method, args: unknown[]): unknown {
    const lost = this.#isStopped ? undefined : this.#lostBy(emitter, args[0] as string)
    return lost === undefined ? original(emitter, args) : runAgainAsRequest(lost, original, emitter, args)
  }

  /** The request that an event is of, if the running code does not run as it and somebody listens. Never throws. */
  #lostBy(emitter: EventEmitter, event: string): Observation | undefined {
    try {
      const observation = observationOf(emitter)
      if (observation === undefined || !hasListeners(emitter, event)) return undefined
      return this.#runsAs(observation) ? undefined : observation
    } catch (error) {
      internalErrors.report('request_event', error)
      return undefined
    }
  }

  /** Another context of the same request will not do: an event that is emitted inside a span is not of that span. */
  #runsAs(observation: Observation): boolean {
    if (currentRequest() !== observation) return false
    return !observation.hasTrace || this.#activeContext() === observation.context
  }

  /** Emits every event as it would be without us from now on, also those of connections that live on. */
  stop(): void {
    this.#isStopped = true
  }

  /**
   * Wraps `emit` of a class of emitters, or of one emitter.
   * @returns undoes it
   */
  wrap(prototype: EventEmitter): () => void {
    const events = this
    return wrapMethod(
      prototype,
      'emit',
      (original) =>
        function emit(this: EventEmitter, ...args: unknown[]): unknown {
          return events.emit(this, original, args)
        },
    )
  }
}

/** What Node itself listens with for the end of every request, once it has been seen. */
let nodesOwn: Listener | undefined

type Listener = (...args: unknown[]) => void

/** Whether anybody but Node listens: most requests have no body, and the end of it need not run as anything. */
function hasListeners(emitter: EventEmitter, event: string): boolean {
  const count = emitter.listenerCount(event)
  if (count !== 1 || event !== 'end') return count > 0
  nodesOwn ??= emitter.listeners(event).find((listener) => listener.name === 'clearIncoming') as Listener
  return nodesOwn === undefined || emitter.listenerCount(event, nodesOwn) === 0
}

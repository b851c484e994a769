import type { EventEmitter } from 'node:events'
import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { type Observation, observationOf } from '../observation/observation-registry.ts'
import type { Undo } from '../patching/undo.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { currentRequest, eventContextOf, resumeRequestContext } from '../request-context/current-request.ts'

/**
 * Runs the listeners of requests, responses and upgraded sockets in the context of their request. Node emits what
 * follows the headers from the socket of the connection, whose context is not that of the request. A handler that waits
 * for a body with a listener would call the engine in that context.
 */
export class EventContext {
  readonly #activeContext: () => Context
  #isStopped = false

  constructor({ activeContext }: GatewayInstruments) {
    this.#activeContext = activeContext
  }

  /** Calls `original`, the `emit` of `emitter`, in the context of the emitter's request. */
  emit(emitter: EventEmitter, original: Method, args: unknown[]): unknown {
    const observation = this.#isStopped ? undefined : this.#contextToSet(emitter, args[0] as string)
    return observation === undefined
      ? original(emitter, args)
      : resumeRequestContext(observation, original, emitter, args)
  }

  /** The observation whose context has to be set for an event; `undefined` if it is set, or there are no listeners. Never throws. */
  #contextToSet(emitter: EventEmitter, event: string): Observation | undefined {
    try {
      const observation = observationOf(emitter)
      if (observation === undefined || !hasListeners(emitter, event)) return undefined
      return this.#isSet(observation) ? undefined : observation
    } catch (error) {
      internalErrors.report('request_event', error)
      return undefined
    }
  }

  /** False in the context of a child span of the same request: listeners do not belong to the span that emits an event. */
  #isSet(observation: Observation): boolean {
    if (currentRequest() !== observation) return false
    return !observation.hasTrace || this.#activeContext() === eventContextOf(observation)
  }

  /** From now on events are emitted in the context of their caller, also on connections that stay open. */
  stop(): void {
    this.#isStopped = true
  }

  /**
   * Wraps `emit` of an emitter or of the prototype of emitters.
   * @returns undoes it
   */
  wrap(target: EventEmitter): Undo {
    const events = this
    return wrapMethod(
      target,
      'emit',
      (original) =>
        function emit(this: EventEmitter, ...args: unknown[]): unknown {
          return events.emit(this, original, args)
        },
    )
  }
}

/** Node's own listener for `end` of every request, once one was found. */
let endListenerOfNode: Listener | undefined

type Listener = (...args: unknown[]) => void

/** Whether the application listens. Most requests have no body, and then Node's listener for `end` is the only one. */
function hasListeners(emitter: EventEmitter, event: string): boolean {
  const count = emitter.listenerCount(event)
  if (count !== 1 || event !== 'end') return count > 0
  endListenerOfNode ??= emitter
    .listeners(event)
    .find((listener) => listener.name === 'clearIncoming') as Listener
  return endListenerOfNode === undefined || emitter.listenerCount(event, endListenerOfNode) === 0
}

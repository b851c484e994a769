import { diag } from '@opentelemetry/api'
import { STREAM_OUTCOMES, type StreamOutcome } from './outcome.ts'
import type { RequestObservation } from './request-observation.ts'
import { Stamp } from './stamp.ts'

/** On a request or a response: its observation. */
class RequestStamp extends Stamp {
  #observation: RequestObservation

  constructor(target: object, observation: RequestObservation) {
    super(target)
    this.#observation = observation
  }

  static of(target: object | undefined): RequestObservation | undefined {
    if (typeof target !== 'object' || target === null) return undefined
    return #observation in target ? target.#observation : undefined
  }
}

/** Copies of this package in one process find each other's observations: the first one that has any hangs them all. */
const SHARED = Symbol.for('vr.otel.request_observations')

const global = globalThis as { [SHARED]?: typeof RequestStamp }

let shared: typeof RequestStamp | undefined

/** Hangs an observation on a request or a response that has none. */
export function attach(target: object, observation: RequestObservation): void {
  shared ??= global[SHARED] ??= RequestStamp
  new shared(target, observation)
}

/** The observation of a request or response; `undefined` if it is not observed. */
export function observationOf(target: object | undefined): RequestObservation | undefined {
  shared ??= global[SHARED]
  return shared?.of(target)
}

/**
 * Tells the route template of a request, for servers without a framework or with one that is not known here.
 * @param request the request that a `node:http` listener was given
 * @param template such as `/users/:id` or `/users/{id}`; never the path itself, which would have no bound
 */
export function setRoute(request: object, template: string): void {
  if (typeof template === 'string') observationOf(request)?.setRoute(template)
}

/**
 * Tells how an event stream ends, where the application knows better than the connection shows: an engine that
 * failed while the answer was ended politely. Has to be called before the answer ends.
 * @param target the response or the request of the stream
 * @param outcome anything else is not taken, since outcomes are the values of a label
 */
export function setStreamOutcome(target: object, outcome: StreamOutcome): void {
  if (STREAM_OUTCOMES.includes(outcome)) observationOf(target)?.setOutcome(outcome)
  else diag.warn(`@vr/otel-instruments: no outcome of a stream`, outcome)
}

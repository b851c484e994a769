import { logger } from '../logger.ts'
import { STREAM_OUTCOMES, type StreamOutcome } from './outcome.ts'
import type { RequestObservation } from './request-observation.ts'

/**
 * The observation of a request hangs on its request, under a registered symbol: copies of this package in one process
 * find it too, as does whoever has only a proxy of the request or an object that inherits from it.
 */
const OBSERVATION = Symbol.for('vr.otel.request_observation')

/** A request that may carry an observation, or a response, whose request may. */
interface Observed {
  readonly [OBSERVATION]?: RequestObservation
  readonly req?: Observed
}

/** Hangs an observation on what stands for a request: of `node:http` the request, of HTTP/2 the stream as well. */
export function attachObservation(target: object, observation: RequestObservation): void {
  Object.defineProperty(target, OBSERVATION, { value: observation, configurable: true })
}

/** The observation of a request or response; `undefined` if it is not observed. */
export function observationOf(target: object | undefined): RequestObservation | undefined {
  const observed: Observed | undefined = target
  return observed?.[OBSERVATION] ?? observed?.req?.[OBSERVATION]
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
  else logger.warn(`@vr/otel-instruments: no outcome of a stream`, outcome)
}

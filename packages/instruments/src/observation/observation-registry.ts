import { logger } from '../logger.ts'
import { STREAM_OUTCOMES, type StreamOutcome } from './outcome.ts'
import type { RequestObservation } from './request-observation.ts'
import type { SocketObservation } from './socket-observation.ts'

/** What code of the application can run for: a request, or a connection of another protocol. */
export type Observation = RequestObservation | SocketObservation

/**
 * Key of the property in which a request holds its observation. The symbol is registered, so that other copies of this
 * package in the process find the observation too. A property, unlike a `WeakMap`, also works through a proxy of the
 * request and through an object that inherits from it.
 */
const OBSERVATION = Symbol.for('vr.otel.request_observation')

/** A request, which may hold an observation, or a response, whose request may. */
interface Observed {
  readonly [OBSERVATION]?: Observation
  readonly req?: Observed
}

/**
 * Attaches an observation to an object that represents the request: of `node:http` the request, of HTTP/2 also the
 * stream, of a connection the handshake and the socket.
 */
export function attachObservation(target: object, observation: Observation): void {
  Object.defineProperty(target, OBSERVATION, { value: observation, configurable: true })
}

/** Returns the observation of a request, response, HTTP/2 stream or upgraded socket; `undefined` if it has none. */
export function observationOf(target: object | undefined): Observation | undefined {
  const observed: Observed | undefined = target
  return observed?.[OBSERVATION] ?? observed?.req?.[OBSERVATION]
}

/** As {@link observationOf}, but `undefined` for handshakes and connections of other protocols. */
export function requestObservationOf(target: object | undefined): RequestObservation | undefined {
  const observation = observationOf(target)
  return observation?.kind === 'socket' ? undefined : observation
}

/** Sets the route template that a framework matched. The last call for a request counts, unless {@link setRoute} is called. */
export function setFrameworkRoute(request: object, template: string): void {
  if (typeof template === 'string') observationOf(request)?.setFrameworkRoute(template)
}

/**
 * Sets the route template of a request, for servers without a framework or with a framework that is not supported. It takes
 * precedence over the template of a framework. The last call counts.
 * @param request the request that a `node:http` listener received
 * @param template such as `/users/:id` or `/users/{id}`; never the path itself, whose values are unbounded
 */
export function setRoute(request: object, template: string): void {
  if (typeof template === 'string') observationOf(request)?.setRoute(template)
}

/**
 * Sets the outcome of an event stream, which takes precedence over the outcome derived from the connection and the
 * events. Use it where only the application knows: for example, an engine failed and the response was ended normally.
 * Has no effect after the response has ended.
 * @param target the response or the request of the stream
 * @param outcome any other value is ignored and logged, since outcomes are label values
 */
export function setStreamOutcome(target: object, outcome: StreamOutcome): void {
  if (STREAM_OUTCOMES.includes(outcome)) requestObservationOf(target)?.setOutcome(outcome)
  else
    logger.warn(
      `instruments: setStreamOutcome ignored: expected one of ${STREAM_OUTCOMES.join(', ')}, got`,
      outcome,
    )
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import type { RequestObservation } from '../observation/request-observation.ts'

/**
 * Under this key a context may have the observation of the request that it was made for: then it needs no storage of
 * its own, which costs every request, and everything that it starts, one more frame.
 */
export const REQUEST: symbol = createContextKey('vr_otel.request')

const storage = new AsyncLocalStorage<RequestObservation>()

/**
 * Runs the application's listener so that what it starts is known to be of this request.
 * The arguments are passed on, so that no closure has to be made for a request.
 * @param active the context that it runs in
 */
export function runAsRequest<Args extends unknown[], Result>(
  observation: RequestObservation,
  active: Context,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  const known = active.getValue(REQUEST)
  if (known === undefined) return storage.run(observation, run, ...args)
  if (known === observation) return run(...args)
  // An application emits a request again while it handles another one.
  return context.with(active.setValue(REQUEST, observation), run, undefined, ...args)
}

/**
 * The request that the running code was started by. To be asked where a call begins, never where it ends: callbacks of
 * a connection that is reused run as the request that opened it.
 * @param active the context of that code
 */
export function currentRequest(active: Context): RequestObservation | undefined {
  return (active.getValue(REQUEST) as RequestObservation | undefined) ?? storage.getStore()
}

/**
 * Runs what belongs to a request as that request, wherever it is that the running code has been started from.
 * The arguments are passed on.
 */
export function runAgainAsRequest<Args extends unknown[], Result>(
  observation: RequestObservation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  const own = observation.context
  if (own.getValue(REQUEST) === observation) return context.with(own, run, undefined, ...args)
  if (own === ROOT_CONTEXT) return storage.run(observation, run, ...args)
  return context.with(own, () => storage.run(observation, run, ...args))
}

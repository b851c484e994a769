import { AsyncLocalStorage } from 'node:async_hooks'
import { context } from '@opentelemetry/api'
import type { RequestObservation } from '../observation/request-observation.ts'

/** Apart from the context of OpenTelemetry, which an application may replace by another one while it handles a request. */
const storage = new AsyncLocalStorage<RequestObservation>()

/**
 * Runs the application's listener so that what it starts is known to be of this request.
 * The arguments are passed on, so that no closure has to be made for a request.
 */
export function runAsRequest<Args extends unknown[], Result>(
  observation: RequestObservation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  return storage.run(observation, run, ...args)
}

/**
 * Runs what belongs to a request as that request, in its context if it has a trace, wherever it is that the running code
 * has been started from. The arguments are passed on.
 */
export function runAgainAsRequest<Args extends unknown[], Result>(
  observation: RequestObservation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  if (!observation.hasTrace) return storage.run(observation, run, ...args)
  return context.with(observation.context, () => storage.run(observation, run, ...args))
}

/**
 * The request that the running code was started by. To be asked where a call begins, never where it ends: callbacks of
 * a connection that is reused run as the request that opened it.
 */
export function currentRequest(): RequestObservation | undefined {
  return storage.getStore()
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestObservation } from '../observation/request-observation.ts'

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
 * The request that the running code was started by. To be asked where a call begins, never where it ends: callbacks of
 * a connection that is reused run as the request that opened it.
 */
export function currentRequest(): RequestObservation | undefined {
  return storage.getStore()
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestObservation } from '../observation/request-observation.ts'

const storage = new AsyncLocalStorage<RequestObservation>()

/** Runs the application's listener so that what it starts is known to be of this request. */
export function runAsRequest<Result>(observation: RequestObservation, run: () => Result): Result {
  return storage.run(observation, run)
}

/**
 * The request that the running code was started by. To be asked where a call begins, never where it ends: callbacks of
 * a connection that is reused run as the request that opened it.
 */
export function currentRequest(): RequestObservation | undefined {
  return storage.getStore()
}

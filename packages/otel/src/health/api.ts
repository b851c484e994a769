import { instance } from '../lifecycle/instance.ts'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import { createReadyHandler, liveHandler } from './health-handlers.ts'
import { Readiness } from './readiness.ts'
import { setReadyState } from './ready-states.ts'

/** A path whose last segment is `ready` or `readyz`. */
const READY_PATH = /\/readyz?\/?(?:\?|$)/

/**
 * Responds to a health check. Use it to mount the health endpoints in your own server. A path that ends with `/ready` or `/readyz` is
 * answered with 200, or with 503 and the reasons as JSON; any other path with `200 {}`, as long as the process responds. While
 * telemetry is off, only `setReady` affects the answer.
 * @example
 * http.createServer((request, response) =>
 *   /^\/(health|ready)$/.test(request.url) ? healthHandler(request, response) : handle(request, response))
 */
export const healthHandler: RequestHandler = (request, response) => {
  if (!READY_PATH.test(request.url ?? '')) return liveHandler(request, response)
  const handler = instance()?.readyHandler ?? createReadyHandler(() => new Readiness().read())
  return handler(request, response)
}

/**
 * Sets a condition of readiness. The process is ready if all conditions are; see docs/health.md. At most 30 names are kept. Works
 * whether or not telemetry is on. Never throws.
 * @example
 * setReady('database', false, 'connecting')
 * await database.connect()
 * setReady('database', true)
 * @param name what the condition is about, from your code (low cardinality)
 * @param isReady whether the condition is met
 * @param reason why it is not met, at most 200 characters. The endpoint shows it: no credentials
 */
export function setReady(name: string, isReady: boolean, reason?: string): void {
  setReadyState(name, isReady, reason)
  instance()?.readyStateChanged?.()
}

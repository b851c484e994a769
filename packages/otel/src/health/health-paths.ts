import { isPath } from '../application/path-matcher.ts'
import type { Settings } from '../config/settings.ts'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'

/** The handlers of the health endpoints. */
export interface HealthHandlers {
  readonly health: RequestHandler
  readonly ready: RequestHandler
}

/** Settings with the paths of the health endpoints on the server of the application. */
export type HealthPaths = Pick<Settings, 'healthPath' | 'healthReadyPath'>

/** Returns the handler of a request for a health endpoint; `undefined` for other requests. */
export function healthHandlerOf(
  { healthPath, healthReadyPath }: HealthPaths,
  { health, ready }: HealthHandlers,
  target: string | undefined,
): RequestHandler | undefined {
  if (healthPath !== undefined && isPath(target, healthPath)) return health
  return healthReadyPath !== undefined && isPath(target, healthReadyPath) ? ready : undefined
}

/** Whether a request is one for a health endpoint. */
export function isHealthPath(
  { healthPath, healthReadyPath }: HealthPaths,
  target: string | undefined,
): boolean {
  return [healthPath, healthReadyPath].some((path) => path !== undefined && isPath(target, path))
}

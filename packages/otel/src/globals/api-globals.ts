import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'

/** Key under which every copy of the OpenTelemetry API 1.x keeps its globals. */
const API_GLOBALS = Symbol.for('opentelemetry.js.api.1')

/** The globals of the OpenTelemetry API, shared by all copies of the API in the process. */
export interface ApiGlobals {
  /** Version of the API that registered the first global. */
  readonly version?: string
  readonly trace?: unknown
  readonly metrics?: unknown
  readonly context?: { active(): Context }
}

/** Returns the globals; `undefined` before the first registration by any copy of the API. */
export function apiGlobals(): ApiGlobals | undefined {
  return (globalThis as { [API_GLOBALS]?: ApiGlobals })[API_GLOBALS]
}

/**
 * Removes the globals object if no global is registered any more. The version of the API that created it stays in it,
 * and would keep other versions of the API from registering theirs.
 */
export function removeEmptyApiGlobals(): void {
  const globals = apiGlobals()
  if (globals === undefined || Object.keys(globals).some((key) => key !== 'version')) return
  Reflect.deleteProperty(globalThis, API_GLOBALS)
}

/**
 * Returns the active context of the registered context manager, ours or another. The API refuses to read globals of an older
 * minor version, although the interface of the context manager has not changed since 1.0.
 */
export function activeContext(): Context {
  const globals = apiGlobals()
  if (globals?.context === undefined) return ROOT_CONTEXT
  return globals.context.active()
}

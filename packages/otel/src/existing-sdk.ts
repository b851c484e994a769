import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'
import { applicationDependencies } from './application-manifest.ts'
import { SDK_PACKAGES } from './sdk-packages.ts'

/** Where every copy of the OpenTelemetry API of this major version keeps its globals. */
const API_GLOBALS = Symbol.for('opentelemetry.js.api.1')

interface ApiGlobals {
  readonly version?: string
  readonly trace?: unknown
  readonly metrics?: unknown
  readonly context?: { active(): Context }
}

function apiGlobals(): ApiGlobals | undefined {
  return (globalThis as { [API_GLOBALS]?: ApiGlobals })[API_GLOBALS]
}

/** Whether any copy of the API has registered a global, or has at some time. */
export function hasApiGlobals(): boolean {
  return apiGlobals() !== undefined
}

/**
 * Removes what is left once all globals have been taken back: the version of the API that registered them, which would
 * keep any other version from registering its own.
 */
export function removeEmptyApiGlobals(): void {
  const globals = apiGlobals()
  if (globals === undefined || Object.keys(globals).some((key) => key !== 'version')) return
  Reflect.deleteProperty(globalThis, API_GLOBALS)
}

/**
 * Who owns the API's globals instead of us, as a clause for people; `undefined` if nobody is known to.
 * Once a global of API 1.10 is registered, an application's own SDK on API 1.9 can register nothing, and this package
 * is loaded first: so it looks at what the application is made of before it registers anything.
 * @param entry the file that the process runs
 */
export function globalsOwner(entry: string | undefined): string | undefined {
  const globals = apiGlobals()
  if (globals?.trace !== undefined || globals?.metrics !== undefined || globals?.context !== undefined) {
    return `OpenTelemetry API ${globals.version} has a global registered already`
  }
  const sdk = applicationDependencies(entry).find((name) => SDK_PACKAGES.has(name))
  return sdk === undefined ? undefined : `the application has an SDK of its own (${sdk})`
}

/**
 * The context of the code that is running, whoever owns the globals. The API refuses to read globals that an older
 * minor version registered, although the context manager among them has been the same since 1.0.
 */
export function activeContext(): Context {
  const globals = apiGlobals()
  if (globals?.context === undefined) return ROOT_CONTEXT
  return globals.context.active()
}

import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'

/** Packages that set up the globals of the OpenTelemetry API, or do the work of this one, by themselves. */
const SDKS: readonly (string | RegExp)[] = [
  /^@opentelemetry\/(sdk-.+|auto-instrumentations-node)$/,
  /^@(appsignal|dynatrace|elastic|google-cloud|grafana|honeycombio|hyperdx|instana|langfuse|logfire|lumigo|sentry|splunk|traceloop|uptrace|vercel)\/.*(opentelemetry|otel|node|sdk|collector|agent)/,
  '@azure/monitor-opentelemetry',
  'applicationinsights',
  'dd-trace',
  'elastic-apm-node',
  'newrelic',
]

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
  const sdk = dependenciesOf(entry).find(isSdk)
  return sdk === undefined ? undefined : `the application has an SDK of its own (${sdk})`
}

function isSdk(name: string): boolean {
  return SDKS.some((sdk) => (typeof sdk === 'string' ? sdk === name : sdk.test(name)))
}

/** What the nearest `package.json` above the entry file names; empty where there is none that can be read. */
function dependenciesOf(entry: string | undefined): string[] {
  let directory = entry === undefined ? process.cwd() : dirname(resolve(entry))
  for (;;) {
    const text = read(join(directory, 'package.json'))
    if (text !== undefined) return namesIn(text)
    const above = dirname(directory)
    if (above === directory) return []
    directory = above
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function namesIn(manifest: string): string[] {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(manifest)
    return Object.keys({ ...dependencies, ...optionalDependencies })
  } catch {
    return []
  }
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

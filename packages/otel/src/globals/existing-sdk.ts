import { applicationDependencies } from '../application/application-manifest.ts'
import { apiGlobals } from './api-globals.ts'
import { SDK_PACKAGES } from './sdk-packages.ts'

/**
 * Returns the reason not to register our globals, as a clause for the log: a global of the API is registered, or the
 * application's `package.json` lists another OpenTelemetry SDK or agent. Returns `undefined` if there is no reason. Called
 * before the application is loaded and before anything is registered: once API 1.10 has registered a global, an SDK on API
 * 1.9 cannot register its own.
 * @param entry the file that the process runs
 */
export function findGlobalsOwner(entry: string | undefined): string | undefined {
  const globals = apiGlobals()
  if (globals?.trace !== undefined || globals?.metrics !== undefined || globals?.context !== undefined) {
    return `OpenTelemetry API ${globals.version} globals are registered already`
  }
  const sdk = applicationDependencies(entry).find((name) => SDK_PACKAGES.has(name))
  return sdk === undefined ? undefined : `the application has its own SDK: ${sdk}`
}

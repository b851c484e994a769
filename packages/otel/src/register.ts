/**
 * Starts telemetry before the application is loaded: `node --import @vr/otel/register server.mjs`.
 *
 * This module and its imports use no top-level await, which would break `--require`. It statically imports only files that
 * every runtime can load: an unsupported runtime logs one line and runs the application.
 */
import { createRequire } from 'node:module'
import { preloadRoles } from './cluster/load-roles.ts'
import { isDisabled } from './config/disabled.ts'
import { withPm2Variables } from './config/pm2-environment.ts'
import { preloadExternal } from './external/load-external.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine, unsupportedRuntime } from './runtime.ts'

const reason = unsupportedRuntime()
let starting: Promise<void> | undefined
if (isDisabled(withPm2Variables(process.env))) {
  // Nothing is loaded and nothing is logged.
} else if (reason !== undefined) writeToStderr(unsupportedLine(reason))
else if (process.features.require_module) {
  const { register } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  register()
} else {
  // With `--no-experimental-require-module`, ES modules can only be loaded asynchronously.
  starting = Promise.all([import('./start.ts'), preloadRoles(), preloadExternal(process.env)]).then(
    ([{ register }]) => register(),
    (error) => writeToStderr(unsupportedLine(`it cannot be loaded (${String(error)})`)),
  )
}

/**
 * Delays `import()` of this module, which Node uses for `--import`, until an asynchronous start has finished: `import()`
 * calls an exported function `then`. `undefined` if the start is synchronous.
 */
const awaitStart =
  starting && ((resolve: (value: undefined) => void) => void starting?.then(() => resolve(undefined)))

// biome-ignore lint/suspicious/noThenProperty: `import()` awaits a module through this export; a top-level await would break `--require`
export { awaitStart as then }

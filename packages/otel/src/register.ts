/**
 * `node --import @vr/otel/register server.mjs`: starts telemetry before the application is loaded.
 *
 * No top-level await anywhere below (it would break `--require`), and nothing is imported statically that a
 * runtime without support could stumble over: such a runtime gets one line, and the application.
 */
import { createRequire } from 'node:module'
import { isDisabled } from './config/disabled.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine, unsupportedRuntime } from './runtime.ts'

const reason = unsupportedRuntime()
let starting: Promise<void> | undefined
if (isDisabled(process.env)) {
  // nothing is loaded, read or said
} else if (reason !== undefined) writeToStderr(unsupportedLine(reason))
else if (process.features.require_module) {
  const { register } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  register()
} else {
  // With `--no-experimental-require-module`, only an asynchronous import can load it.
  starting = import('./start.ts').then(
    ({ register }) => register(),
    (error) => writeToStderr(unsupportedLine(`it cannot be loaded (${String(error)})`)),
  )
}

/**
 * Makes whoever imports this module dynamically, as Node does for `--import`, wait for the start where that is
 * asynchronous: `import()` resolves as the function `then` of a module says. Undefined where it is not.
 */
const awaitStart =
  starting && ((resolve: (value: undefined) => void) => void starting?.then(() => resolve(undefined)))

// biome-ignore lint/suspicious/noThenProperty: it is there to be awaited
export { awaitStart as then }

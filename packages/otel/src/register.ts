/**
 * `node --import @vr/otel/register server.mjs`: starts telemetry before the application is loaded.
 *
 * No top-level await anywhere below (it would break `--require`), and nothing is imported statically that a
 * runtime without support could stumble over: such a runtime gets one line, and the application.
 */
import { createRequire } from 'node:module'
import { isDisabled } from './config/disabled.ts'
import { unsupportedLine, unsupportedRuntime } from './runtime.ts'
import { writeToStderr } from './stderr.ts'

const reason = unsupportedRuntime()
if (isDisabled(process.env)) {
  // nothing is loaded, read or said
} else if (reason !== undefined) writeToStderr(unsupportedLine(reason))
else {
  const { register } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  register()
}

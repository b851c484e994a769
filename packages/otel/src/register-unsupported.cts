/**
 * Loaded for `--require @vr/otel/register` by a Node that cannot `require` ES modules: older than 22.12, or with
 * `--no-require-module`. Logs one line; the application runs without telemetry.
 */
const BOOLEAN = /^(?:(1|true|t|yes|y|on)|0|false|f|no|n|off)$/i
const [, disabled] =
  BOOLEAN.exec(process.env['VR_OTEL_DISABLED']?.trim() ?? '') ??
  BOOLEAN.exec(process.env['OTEL_SDK_DISABLED']?.trim() ?? '') ??
  []
if (disabled === undefined) {
  try {
    // Not with the stream of process.stderr, whose errors are events that end the process.
    const { writeSync } = require('node:fs') as typeof import('node:fs')
    writeSync(
      process.stderr.fd,
      `@vr/otel: Node ${process.versions.node} cannot require ES modules; the application runs without telemetry; use --import with Node 22.15 or later\n`,
    )
  } catch {
    // There is nowhere else to report it.
  }
}

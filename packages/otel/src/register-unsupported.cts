/**
 * Loaded for `--require @vr/otel/register` by a version of Node that cannot `require` ES modules: older than 22.12, or with
 * `--no-experimental-require-module`. Logs one line; the application runs without telemetry.
 */
// The Booleans of `config/codecs.ts`, which this file cannot load.
const BOOLEAN = /^(?:(1|true|t|yes|y|on)|0|false|f|no|n|off)$/i
const STANDARD_BOOLEAN = /^(?:(true)|false)$/i
const [, disabled] =
  BOOLEAN.exec(process.env['VR_OTEL_DISABLED']?.trim() ?? '') ??
  STANDARD_BOOLEAN.exec(process.env['OTEL_SDK_DISABLED']?.trim() ?? '') ??
  []
if (disabled === undefined) {
  try {
    // Not through the stream process.stderr: it emits write errors as events, which end the process.
    const { writeSync } = require('node:fs') as typeof import('node:fs')
    writeSync(
      process.stderr.fd,
      `@vr/otel: Node ${process.versions.node} cannot require ES modules; the application runs without telemetry; use --import with Node 22.15 or later\n`,
    )
  } catch {
    // There is nowhere else to report the failure.
  }
}

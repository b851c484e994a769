/**
 * What `--require @vr/otel/register` finds on a Node that cannot `require` an ES module (older than 22.12, or
 * with `--no-require-module`): the same one line as the ES module would say, and the application.
 */
const BOOLEAN = /^(?:(1|true|t|yes|y|on)|0|false|f|no|n|off)$/i
const [, switchedOff] =
  BOOLEAN.exec(process.env['VR_OTEL_DISABLED']?.trim() ?? '') ??
  BOOLEAN.exec(process.env['OTEL_SDK_DISABLED']?.trim() ?? '') ??
  []
if (switchedOff === undefined) {
  try {
    // Not by the stream of process.stderr, whose failures are events that end the process.
    const { writeSync } = require('node:fs') as typeof import('node:fs')
    writeSync(
      process.stderr.fd,
      `@vr/otel: Node ${process.versions.node} cannot require an ES module; the application runs without telemetry\n`,
    )
  } catch {
    // There is nowhere else to report it.
  }
}

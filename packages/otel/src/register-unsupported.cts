/**
 * What `--require @vr/otel/register` finds on a Node that cannot `require` an ES module (older than 22.12, or
 * with `--no-require-module`): the same one line as the ES module would say, and the application.
 */
const switchedOff = process.env['VR_OTEL_DISABLED']?.trim() || process.env['OTEL_SDK_DISABLED']?.trim() || ''
if (!/^(1|true|t|yes|y|on)$/i.test(switchedOff)) {
  process.stderr.write(
    `@vr/otel: Node ${process.versions.node} cannot require an ES module; the application runs without telemetry\n`,
  )
}

/** The oldest Node that OpenTelemetry's SDK 3.x, and so this package, runs on. */
const OLDEST = [22, 15] as const

/**
 * Why this runtime cannot be instrumented, as the end of a sentence; `undefined` if it can.
 * This file is read by runtimes of any age: it imports nothing and needs no syntax newer than theirs.
 */
export function unsupportedRuntime(versions: NodeJS.ProcessVersions = process.versions): string | undefined {
  if (versions['bun'] !== undefined) return `Bun ${versions['bun']} is not supported`
  if (versions['deno'] !== undefined) return `Deno ${versions['deno']} is not supported`
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  const isOldEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  return isOldEnough ? undefined : `Node ${versions.node} is older than ${OLDEST.join('.')}`
}

/** The one line that is said on stderr where nothing can be instrumented. */
export function unsupportedLine(reason: string): string {
  return `@vr/otel: ${reason}; the application runs without telemetry\n`
}

/** The oldest supported Node, required by OpenTelemetry SDK 3.x. */
const OLDEST_NODE = [22, 15] as const

/**
 * Returns the reason why this runtime is not supported, as a clause; `undefined` if it is supported. Old runtimes load this
 * file, so it imports nothing and uses no recent syntax.
 */
export function unsupportedRuntime(versions: NodeJS.ProcessVersions = process.versions): string | undefined {
  if (versions['bun'] !== undefined) return `Bun ${versions['bun']} is not supported`
  if (versions['deno'] !== undefined) return `Deno ${versions['deno']} is not supported`
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  const isSupported = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  return isSupported ? undefined : `Node ${versions.node} is older than ${OLDEST_NODE.join('.')}`
}

/** Returns the line for stderr when telemetry cannot start: the reason, and the remedy if there is one. */
export function unsupportedLine(reason: string, remedy?: string): string {
  const advice = remedy === undefined ? '' : `; ${remedy}`
  return `@vr/otel: ${reason}; the application runs without telemetry${advice}\n`
}

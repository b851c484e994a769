/**
 * Everything upstream's gRPC exporters take from the environment although options were given. Headers are
 * the only thing: variables are added to the headers given. The rest (`_ENDPOINT`, `_TIMEOUT`,
 * `_COMPRESSION`, `_INSECURE`, certificates) only fills what was not given.
 */
const VARIABLES = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']

/** Runs a synchronous constructor as if the environment had no OTLP headers, and puts them back. */
export function withoutHeaderVariables<T>(construct: () => T): T {
  const held = VARIABLES.map((name) => [name, process.env[name]] as const)
  for (const name of VARIABLES) delete process.env[name]
  try {
    return construct()
  } finally {
    for (const [name, value] of held) if (value !== undefined) process.env[name] = value
  }
}

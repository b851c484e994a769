import type { Resource } from '@opentelemetry/resources'

/**
 * Returns OpenTelemetry's default resource. `@opentelemetry/resources` is loaded on demand, and as CommonJS: the import
 * as an ES module reads every property of `process`, which opens stdin and stdout.
 */
export function defaultResource(): Resource {
  const { createRequire } = process.getBuiltinModule('node:module')
  const resources: typeof import('@opentelemetry/resources') = createRequire(import.meta.url)(
    '@opentelemetry/resources',
  )
  return resources.defaultResource()
}

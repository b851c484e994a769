import type { Resource } from '@opentelemetry/resources'

/**
 * Upstream's default resource, for a provider that is given none. Loaded only then, and as CommonJS: as an ES module
 * `@opentelemetry/resources` reads every property of `process`, which opens the streams of stdin and stdout.
 */
export function defaultResource(): Resource {
  const { createRequire } = process.getBuiltinModule('node:module')
  const resources: typeof import('@opentelemetry/resources') = createRequire(import.meta.url)(
    '@opentelemetry/resources',
  )
  return resources.defaultResource()
}

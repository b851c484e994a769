import type { ClientRequest } from 'node:http'

/** Property of the agent of requests that the telemetry sends itself, such as fetches of engine metrics. */
const UNOBSERVED = Symbol.for('vr.otel.unobserved_agent')

/**
 * Returns whether a request belongs to the telemetry. Its context suppresses tracing too, but only if a context manager is
 * registered, which is not the case without tracing.
 */
export function isUnobservedRequest({ agent }: ClientRequest & { readonly agent?: object }): boolean {
  return agent !== undefined && UNOBSERVED in agent
}

import { createRequire } from 'node:module'
import type { Context, ContextManager } from '@opentelemetry/api'
import { observationOf } from '@vr/otel-instruments/adapters'

const load = createRequire(import.meta.url)

/**
 * The usual context manager of Node, that leaves alone the requests and responses that are observed: their events run
 * in their context anyway. Binding them would give each eight methods of its own, and every listener a wrapper.
 */
export function createContextManager(): ContextManager {
  const { AsyncLocalStorageContextManager } = load(
    '@opentelemetry/context-async-hooks',
  ) as typeof import('@opentelemetry/context-async-hooks')
  class GatewayContextManager extends AsyncLocalStorageContextManager {
    override bind<Target>(context: Context, target: Target): Target {
      return isBound(context, target) ? target : super.bind(context, target)
    }
  }
  return new GatewayContextManager().enable()
}

/** An instrumentation binds a request before it is emitted, when its context is about to be learned. */
function isBound(context: Context, target: unknown): boolean {
  const observation = typeof target === 'object' && target !== null ? observationOf(target) : undefined
  return observation !== undefined && (!observation.hasTrace || observation.context === context)
}

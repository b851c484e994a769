import { createRequire } from 'node:module'
import type { Context, ContextManager } from '@opentelemetry/api'
import { currentContext, enterContext, observationOf, runInContext } from '@vr/otel-instruments/internal'

const load = createRequire(import.meta.url)

/**
 * The usual context manager of Node, with two differences. It keeps contexts where requests are kept, which is one table
 * less for each request. And it leaves alone the requests and responses that are observed: their events run in their
 * context anyway. Binding them would give each eight methods of its own, and every listener a wrapper.
 */
export function createContextManager(): ContextManager {
  const { AsyncLocalStorageContextManager } = load(
    '@opentelemetry/context-async-hooks',
  ) as typeof import('@opentelemetry/context-async-hooks')
  class GatewayContextManager extends AsyncLocalStorageContextManager {
    override active(): Context {
      return currentContext()
    }

    override with<Args extends unknown[], F extends (...args: Args) => ReturnType<F>>(
      context: Context,
      run: F,
      self?: ThisParameterType<F>,
      ...args: Args
    ): ReturnType<F> {
      // Without a `this` nothing has to be bound.
      return runInContext(context, self == null ? run : (run.bind(self) as F), ...args)
    }

    override attach(context: Context): { dispose(): void } {
      return { dispose: enterContext(context) }
    }

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

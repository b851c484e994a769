import { createRequire } from 'node:module'
import type { Context, ContextManager } from '@opentelemetry/api'
import { contextStorage, observationOf } from '@vr/otel-instruments/internal'

const load = createRequire(import.meta.url)

/**
 * Creates a context manager that differs from `AsyncLocalStorageContextManager` in two ways. It stores contexts together
 * with the current request, which saves one async-local table per request. And `bind` returns observed requests and
 * responses unchanged, because their events run in their context anyway: binding would add eight methods to each of them
 * and wrap every listener.
 */
export function createContextManager(): ContextManager {
  const { AsyncLocalStorageContextManager } = load(
    '@opentelemetry/context-async-hooks',
  ) as typeof import('@opentelemetry/context-async-hooks')
  class GatewayContextManager extends AsyncLocalStorageContextManager {
    override active(): Context {
      return contextStorage.active()
    }

    override with<Args extends unknown[], F extends (...args: Args) => ReturnType<F>>(
      context: Context,
      run: F,
      self?: ThisParameterType<F>,
      ...args: Args
    ): ReturnType<F> {
      return contextStorage.run(context, self == null ? run : (run.bind(self) as F), ...args)
    }

    override attach(context: Context): { dispose(): void } {
      const before = contextStorage.active()
      contextStorage.set(context)
      let isDisposed = false
      return {
        dispose() {
          if (!isDisposed) contextStorage.set(before)
          isDisposed = true
        },
      }
    }

    override bind<Target>(context: Context, target: Target): Target {
      return runsInContext(target, context) ? target : super.bind(context, target)
    }
  }
  return new GatewayContextManager().enable()
}

/** Also true for a request whose trace has not started: an instrumentation binds it before it is emitted. */
function runsInContext(target: unknown, context: Context): boolean {
  const observation = typeof target === 'object' && target !== null ? observationOf(target) : undefined
  return observation !== undefined && (!observation.hasTrace || observation.context === context)
}

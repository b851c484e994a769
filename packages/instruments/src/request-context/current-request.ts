import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context as contexts, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Observation } from '../observation/observation-registry.ts'

/** What code runs as that is of no request, or in a context that the application has put in place of its request's. */
class Frame {
  readonly request: Observation | undefined
  readonly context: Context

  constructor(request: Observation | undefined, context: Context) {
    this.request = request
    this.context = context
  }
}

/**
 * The request that code was started by and the context that it runs in, in one place: each further storage is one more
 * table that Node makes, and copies, twice for every request. A request stands for its own context.
 */
const storage = new AsyncLocalStorage<Observation | Frame>()

/**
 * Runs the application's listener so that what it starts is known to be of this request; in its context if it has a trace
 * and the context manager is one that asks {@link currentContext}. Code that runs as this request already, as one does
 * that passes it on by emitting it again, keeps the context that it has put in place.
 * The arguments are passed on, so that no closure has to be made for a request.
 */
export function runAsRequest<Args extends unknown[], Result>(
  observation: Observation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  if (currentRequest() === observation) return run(...args)
  return storage.run(frameOf(observation), run, ...args)
}

/**
 * Runs what belongs to a request as that request, in its context if it has a trace, wherever it is that the running code
 * has been started from, and whoever manages contexts. The arguments are passed on.
 */
export function runAgainAsRequest<Args extends unknown[], Result>(
  observation: Observation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  return storage.run(frameOf(observation), () => {
    const { hasTrace, context } = observation
    return !hasTrace || contexts.active() === context
      ? run(...args)
      : contexts.with(context, () => run(...args))
  })
}

/** A request without a trace has no context of its own, and leaves the code the one that it runs in. */
function frameOf(observation: Observation): Observation | Frame {
  const active = currentContext()
  return observation.hasTrace || active === ROOT_CONTEXT ? observation : new Frame(observation, active)
}

/**
 * The request that the running code was started by. To be asked where a call begins, never where it ends: callbacks of
 * a connection that is reused run as the request that opened it.
 */
export function currentRequest(): Observation | undefined {
  const current = storage.getStore()
  return current instanceof Frame ? current.request : current
}

/** The context that the running code runs in, by {@link runInContext} or as a request. For a context manager. */
export function currentContext(): Context {
  return storage.getStore()?.context ?? ROOT_CONTEXT
}

/** Runs a function in a context; it stays of its request. The arguments are passed on. */
export function runInContext<Args extends unknown[], Result>(
  context: Context,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  return storage.run(inContext(context), run, ...args)
}

/**
 * Makes a context the current one, for the running code and for what it starts from now on.
 * @returns puts the one back that was current, once; of the request that the code is of by then
 */
export function enterContext(context: Context): () => void {
  const before = currentContext()
  storage.enterWith(inContext(context))
  let isDone = false
  return () => {
    if (!isDone) storage.enterWith(inContext(before))
    isDone = true
  }
}

function inContext(context: Context): Observation | Frame {
  const request = currentRequest()
  return request?.hasTrace === true && request.context === context ? request : new Frame(request, context)
}

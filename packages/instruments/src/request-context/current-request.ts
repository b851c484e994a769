import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context as contexts, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Observation } from '../observation/observation-registry.ts'
import type { ObservedExecution } from '../observation/requested-call.ts'

/** Async-local frame for code that belongs to no request, or whose context the application replaced. */
class FrameOfThisCopy {
  readonly request: Observation | undefined
  readonly context: Context
  /** The call of `observeToolCall` that the code is a part of. */
  readonly execution: ObservedExecution | undefined
  /** Whether the code is a part of a call of `observeMcpStartup`. */
  readonly isMcpStartup: boolean

  constructor(
    request: Observation | undefined,
    context: Context,
    execution?: ObservedExecution,
    isMcpStartup = false,
  ) {
    this.request = request
    this.context = context
    this.execution = execution
    this.isMcpStartup = isMcpStartup
  }
}

type Frame = FrameOfThisCopy

/** What all copies of this package share: `@vr/otel` contains one, and an application can install another. */
interface SharedContext {
  /**
   * The current request and the current context, in one storage: Node makes and copies one more table per storage, twice for
   * every request. The observation of a request is the frame of code that runs in the request's own context.
   */
  readonly storage: AsyncLocalStorage<Observation | Frame>
  readonly Frame: typeof FrameOfThisCopy
}

/** The symbol belongs to the members of {@link SharedContext}: if they change, it gets another name. */
const SHARED_CONTEXT = Symbol.for('vr.otel.request_context')

const holder = globalThis as { [SHARED_CONTEXT]?: SharedContext }

let known: SharedContext | undefined

/** Returns what the first copy of this package in the thread created. Nothing is created before the first use. */
function shared(): SharedContext {
  known ??= findOrCreate()
  return known
}

function findOrCreate(): SharedContext {
  const found = holder[SHARED_CONTEXT]
  if (found !== undefined) return found
  const value = known ?? { storage: new AsyncLocalStorage<Observation | Frame>(), Frame: FrameOfThisCopy }
  Object.defineProperty(holder, SHARED_CONTEXT, { value, configurable: true })
  return value
}

/**
 * Shares the request context of this copy with all copies that are loaded later, by a property of the global object. A copy
 * that has used it keeps it: a request that is open when telemetry stops, and starts again, keeps its context.
 * @returns removes the property
 */
export function shareRequestContext(): () => void {
  known = findOrCreate()
  return () => {
    if (holder[SHARED_CONTEXT] === known) delete holder[SHARED_CONTEXT]
  }
}

/** Returns the frame, or the request, of the running code. */
function current(): Observation | Frame | undefined {
  return shared().storage.getStore()
}

/** Returns the frame of the running code, if it has one. */
function currentFrame(): Frame | undefined {
  const found = current()
  return found instanceof shared().Frame ? found : undefined
}

/**
 * Runs the application's listener in the async context of a request: calls and measurements that it starts are attributed to
 * that request. If the request has a trace and the context manager uses {@link contextStorage}, the listener runs in the
 * context of the request. Code that already runs in it, such as a listener that emits the request again, keeps its context.
 * Takes the arguments of `run`, so that a request needs no closure.
 */
export function runInRequestContext<Args extends unknown[], Result>(
  observation: Observation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  if (currentRequest() === observation) return run(...args)
  return shared().storage.run(frameOf(observation), run, ...args)
}

/**
 * Runs code in the async context of a request and, if the request has a trace, in its context: from any async context, with
 * any context manager. Used for later events of the request. Takes the arguments of `run`.
 */
export function resumeRequestContext<Args extends unknown[], Result>(
  observation: Observation,
  run: (...args: Args) => Result,
  ...args: Args
): Result {
  return shared().storage.run(frameOf(observation), () => {
    const { hasTrace } = observation
    const context = eventContextOf(observation)
    return !hasTrace || contexts.active() === context
      ? run(...args)
      : contexts.with(context, () => run(...args))
  })
}

/** A request without a trace has no context of its own: its code keeps the active context. */
function frameOf(observation: Observation): Observation | Frame {
  const context = eventContextOf(observation)
  const { Frame } = shared()
  if (context !== observation.context) return new Frame(observation, context)
  const active = contextStorage.active()
  return observation.hasTrace || active === ROOT_CONTEXT ? observation : new Frame(observation, active)
}

/** Returns the context in which events are handled now. That of a connection changes with the turns of an LLM session. */
export function eventContextOf(observation: Observation): Context {
  return observation.kind === 'socket' ? observation.eventContext : observation.context
}

/**
 * Returns the request that started the running code. Use it where a call begins, not where it ends: callbacks of a
 * reused connection run in the context of the request that opened the connection.
 */
export function currentRequest(): Observation | undefined {
  const found = current()
  return found instanceof shared().Frame ? found.request : found
}

/** Runs a tool call, so that code that it calls finds it by {@link currentExecution}. */
export function runInExecution<Result>(execution: ObservedExecution, run: () => Result): Result {
  const { storage, Frame } = shared()
  return storage.run(new Frame(currentRequest(), contextStorage.active(), execution, isInMcpStartup()), run)
}

/** Runs the start of an MCP server, so that code that it calls finds it by {@link isInMcpStartup}. */
export function runInMcpStartup<Result>(run: () => Result): Result {
  const { storage, Frame } = shared()
  return storage.run(new Frame(currentRequest(), contextStorage.active(), currentExecution(), true), run)
}

/** Whether the running code is a part of a call of `observeMcpStartup`. */
export function isInMcpStartup(): boolean {
  return currentFrame()?.isMcpStartup === true
}

/** Returns the call of `observeToolCall` that the running code is a part of; `undefined` if it is a part of none. */
export function currentExecution(): ObservedExecution | undefined {
  return currentFrame()?.execution
}

/** Stores the contexts of a `ContextManager` together with the current request. */
export const contextStorage = {
  /** Returns the current context: the one that was set, or that of the current request. */
  active(): Context {
    return current()?.context ?? ROOT_CONTEXT
  },

  /** Runs a function in a context. The current request stays the same. The arguments are passed on. */
  run<Args extends unknown[], Result>(
    context: Context,
    run: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return shared().storage.run(frameIn(context), run, ...args)
  },

  /** Replaces the context of the running code and of what it starts. The current request stays the same. */
  set(context: Context): void {
    shared().storage.enterWith(frameIn(context))
  },
} as const

function frameIn(context: Context): Observation | Frame {
  const request = currentRequest()
  const execution = currentExecution()
  const isMcpStartup = isInMcpStartup()
  const isPlain = execution === undefined && !isMcpStartup
  if (isPlain && request?.hasTrace === true && request.context === context) return request
  return new (shared().Frame)(request, context, execution, isMcpStartup)
}

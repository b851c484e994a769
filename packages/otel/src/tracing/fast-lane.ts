import type { Server } from 'node:http'
import type { Context, ContextManager } from '@opentelemetry/api'
import { internalErrors, type RequestObservation, type Way } from '@vr/otel-instruments/adapters'
import { type DecisionRules, decide } from './decision.ts'
import { readParent } from './propagator.ts'
import type { HandedIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** What {@link FastLane} is made of. */
export interface FastLaneParts extends DecisionRules {
  /** The ids of the SDK's spans. */
  readonly handedIds: HandedIds
  readonly contextManager: ContextManager
  /** Reads the baggage of a request, if any may be sent on. */
  readonly readBaggage: ((header: string) => Context) | undefined
}

/**
 * Takes every request of `node:http` to where it belongs: one that is sampled goes through the instrumentation, and the
 * id that was decided on becomes the id of its trace; one that is not goes past it, in a context that has ids and no
 * span. So the decision is taken once, and most requests pay for nothing else.
 */
export class FastLane {
  readonly #parts: FastLaneParts

  constructor(parts: FastLaneParts) {
    this.#parts = parts
  }

  /**
   * Emits a request.
   * @param args what the chosen way is called with, on `server`
   */
  emit(emitted: EmittedRequest, through: Way, past: Way, server: Server, args: unknown[]): unknown {
    const { handedIds, contextManager } = this.#parts
    const decided = this.#decide(emitted)
    if (decided?.unsampled !== undefined) {
      const { observation } = emitted
      // Without a `this`, the context manager binds nothing.
      if (observation === undefined)
        return contextManager.with(decided.unsampled, past, undefined, server, args)
      observation.enter(decided.unsampled)
      return past(server, args)
    }
    handedIds.hand(decided?.newTraceId)
    try {
      return through(server, args)
    } finally {
      handedIds.hand(undefined)
    }
  }

  /** `undefined` if that failed, which must not fail the request: then the instrumentation decides. */
  #decide({ rawHeaders, isUntraced }: EmittedRequest): Decided | undefined {
    try {
      const { traceparent, tracestate, baggage } = traceHeaders(rawHeaders)
      const caller = traceparent === undefined ? undefined : readParent(traceparent, tracestate)
      const decision = decide(this.#parts, caller, isUntraced)
      if (decision.isSampled) return { unsampled: undefined, newTraceId: decision.drawn?.traceId }
      const base = baggage === undefined ? undefined : this.#parts.readBaggage?.(baggage)
      const unsampled = new UnsampledContext(this.#parts.ids, decision, base)
      return { unsampled, newTraceId: undefined }
    } catch (error) {
      internalErrors.report('request_sampling', error)
      return undefined
    }
  }
}

/** A request that is about to be emitted. */
export interface EmittedRequest {
  /** Whose context the way past enters; `undefined` if it is not observed. */
  readonly observation: RequestObservation | undefined
  /** Names and values by turns, as `IncomingMessage` has them. */
  readonly rawHeaders: readonly string[]
  /** Whether it is not traced whatever its caller says. */
  readonly isUntraced: boolean
}

/** What became of a request. */
interface Decided {
  /** The context of one that is not sampled. */
  readonly unsampled: Context | undefined
  /** Of one that is sampled and begins a trace. */
  readonly newTraceId: string | undefined
}

interface TraceHeaders {
  traceparent?: string
  tracestate?: string
  baggage?: string
}

const NO_HEADERS: TraceHeaders = {}

/** The headers of W3C Trace Context and Baggage, without making an object of all headers. */
function traceHeaders(rawHeaders: readonly string[]): TraceHeaders {
  let found = NO_HEADERS
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const { length } = rawHeaders[i] as string
    if (length !== 11 && length !== 10 && length !== 7) continue
    const name = (rawHeaders[i] as string).toLowerCase()
    if (name === 'traceparent' || name === 'tracestate' || name === 'baggage') {
      if (found === NO_HEADERS) found = {}
      const before = found[name]
      const value = rawHeaders[i + 1] as string
      found[name] = before === undefined ? value : `${before},${value}`
    }
  }
  return found
}

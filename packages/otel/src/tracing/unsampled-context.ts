import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type TraceState,
  trace,
} from '@opentelemetry/api'
import type { RequestTrace } from '@vr/otel-instruments'
import { NOT_SAMPLED } from '@vr/otel-metrics'
import type { RandomIds, TraceIdWords } from './trace-ids.ts'
import { RANDOM_FLAG } from './traceparent.ts'

/** The trace of a request that is not sampled: one that a caller began, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** Of a new trace. */
  readonly newTraceId: TraceIdWords | undefined
}

/** The class of the API's spans that record nothing, which it does not export. */
const NonRecordingSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT).constructor as new (
  spanContext: SpanContext,
) => Span

/** Where the API keeps the span of a context, which it does not tell. */
const SPAN = spanKey()

function spanKey(): symbol {
  const keys: symbol[] = []
  const spy: Context = {
    getValue: () => undefined,
    setValue: (key) => {
      keys.push(key)
      return spy
    },
    deleteValue: () => spy,
  }
  trace.setSpan(spy, trace.wrapSpanContext(INVALID_SPAN_CONTEXT))
  return keys[0] as symbol
}

/**
 * The context of a request that is not sampled, and the span in it, in one object: it records nothing, but has ids, so
 * that what is called and what is logged can name the trace, and so that the next service obeys the decision. Ids are made
 * when they are asked for. One of the API's own contexts, a map with functions of its own, costs ten times as much to
 * make; and whatever a request holds is copied by the garbage collector, since undici's `fetch` keeps it alive for a while.
 */
export class UnsampledContext extends NonRecordingSpan implements Context, RequestTrace {
  readonly #ids: RandomIds
  readonly #base: Context
  readonly #parent: SpanContext | undefined
  readonly #newTraceId: TraceIdWords | undefined
  /** Until somebody asks for it, such as a log line. */
  #own: SpanContext | undefined

  /** @param base what else is in the context */
  constructor(ids: RandomIds, { parent, newTraceId }: UnsampledTrace, base = ROOT_CONTEXT) {
    super(INVALID_SPAN_CONTEXT)
    this.#ids = ids
    this.#base = base
    this.#parent = parent
    this.#newTraceId = newTraceId
  }

  get context(): Context {
    return this
  }

  /** Ends nothing: the request has no span. */
  override end(): void {}

  /**
   * Returns the `traceparent` header for one outgoing call. Each call has a parent id of its own, as the calls of a
   * sampled request have spans of their own (W3C Trace Context section 3.4).
   */
  newTraceparent(): string {
    return this.#ids.traceparent(this.#newTraceId ?? (this.#parent as SpanContext).traceId, this.#flags)
  }

  /** The trace ids that are drawn here are random; of a caller's, only the caller knows. */
  get #flags(): number {
    return this.#parent === undefined ? RANDOM_FLAG : this.#parent.traceFlags & RANDOM_FLAG
  }

  /** That of the caller. */
  get traceState(): TraceState | undefined {
    return this.#parent?.traceState
  }

  override spanContext(): SpanContext {
    this.#own ??= this.#makeSpanContext()
    return this.#own
  }

  #makeSpanContext(): SpanContext {
    const { traceState } = this
    return {
      traceId: this.#newTraceId?.traceId ?? (this.#parent as SpanContext).traceId,
      spanId: this.#ids.spanId(),
      traceFlags: this.#flags,
      ...(traceState !== undefined && { traceState }),
    }
  }

  getValue(key: symbol): unknown {
    if (key === SPAN) return this
    if (key === NOT_SAMPLED) return true
    return this.#base.getValue(key)
  }

  /** One of the API's contexts. Its span may be replaced by one that is sampled, so it does not say that it has none. */
  setValue(key: symbol, value: unknown): Context {
    return trace.setSpan(this.#base, this).setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return trace.setSpan(this.#base, this).deleteValue(key)
  }
}

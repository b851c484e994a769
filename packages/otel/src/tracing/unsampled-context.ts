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

/** The trace of an unsampled request: the caller's trace, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** The id of a new trace; `undefined` if there is a parent. */
  readonly newTraceId: TraceIdWords | undefined
}

/** The class of non-recording spans, which the API does not export. */
const NonRecordingSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT).constructor as new (
  spanContext: SpanContext,
) => Span

/** The context key of the active span, which the API does not export. */
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
 * The context of an unsampled request, its non-recording span and its trace, in one object. It has ids, so that calls and
 * log lines refer to the trace and the next service continues the sampling decision. Ids are generated when they are read.
 *
 * A context of the API is a map with its own closures and costs ten times as much to create. Its size matters too: undici's
 * `fetch` keeps it alive for a while, and the garbage collector copies it.
 */
export class UnsampledContext extends NonRecordingSpan implements Context, RequestTrace {
  readonly #ids: RandomIds
  readonly #base: Context
  readonly #parent: SpanContext | undefined
  readonly #newTraceId: TraceIdWords | undefined
  /** Created when it is read, for example for a log line. */
  #spanContext: SpanContext | undefined

  /** @param base the other values of the context */
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

  /** Does nothing: the request has no span. */
  override end(): void {}

  /** Returns no span: the sampling decision of a handshake applies to its turns. */
  startTurn(): undefined {}

  /**
   * Returns the `traceparent` header for one outgoing call. Each call has its own parent id, as each call of a sampled
   * request has its own span (W3C Trace Context section 3.4).
   */
  newTraceparent(): string {
    return this.#ids.traceparent(this.#newTraceId ?? (this.#parent as SpanContext).traceId, this.#flags)
  }

  /** New trace ids are random; for a continued trace the flag of the caller is kept. */
  get #flags(): number {
    return this.#parent === undefined ? RANDOM_FLAG : this.#parent.traceFlags & RANDOM_FLAG
  }

  /** The `tracestate` of the caller. */
  get traceState(): TraceState | undefined {
    return this.#parent?.traceState
  }

  override spanContext(): SpanContext {
    this.#spanContext ??= this.#createSpanContext()
    return this.#spanContext
  }

  #createSpanContext(): SpanContext {
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

  /** Returns a context of the API without the key `NOT_SAMPLED`, since a sampled span may be set in it. */
  setValue(key: symbol, value: unknown): Context {
    return trace.setSpan(this.#base, this).setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return trace.setSpan(this.#base, this).deleteValue(key)
  }
}

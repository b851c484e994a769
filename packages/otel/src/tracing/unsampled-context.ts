import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { NOT_SAMPLED } from '@vr/otel-metrics'
import type { DrawnId, TraceIds } from './trace-ids.ts'

/** The trace of a request that is not sampled: one that a caller began, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** Of a new trace. */
  readonly drawn: DrawnId | undefined
}

/** The class of the API's spans that record nothing, which it does not export. */
const NonRecordingSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT).constructor as new (
  spanContext: SpanContext,
) => Span

/** A span that records nothing, and makes its ids when they are asked for: for most requests nobody does. */
class UnsampledSpan extends NonRecordingSpan {
  readonly #ids: TraceIds
  readonly #trace: UnsampledTrace
  #spanContext: SpanContext | undefined

  constructor(ids: TraceIds, trace: UnsampledTrace) {
    super(INVALID_SPAN_CONTEXT)
    this.#ids = ids
    this.#trace = trace
  }

  override spanContext(): SpanContext {
    this.#spanContext ??= this.#make()
    return this.#spanContext
  }

  #make(): SpanContext {
    const { parent, drawn } = this.#trace
    const traceId = parent?.traceId ?? (drawn as DrawnId).traceId
    const spanContext: SpanContext = { traceId, spanId: this.#ids.spanId(), traceFlags: TraceFlags.NONE }
    if (parent?.traceState !== undefined) spanContext.traceState = parent.traceState
    return spanContext
  }
}

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
 * The context of a request that is not sampled: it has no span that records, but ids, so that what is called and what is
 * logged can name the trace, and so that the next service obeys the decision. One of the API's own contexts, a map with
 * functions of its own, costs ten times as much to make.
 */
export class UnsampledContext implements Context {
  readonly #base: Context
  readonly #span: Span

  /** @param base what else is in the context */
  constructor(ids: TraceIds, trace: UnsampledTrace, base = ROOT_CONTEXT) {
    this.#base = base
    this.#span = new UnsampledSpan(ids, trace)
  }

  getValue(key: symbol): unknown {
    if (key === SPAN) return this.#span
    if (key === NOT_SAMPLED) return true
    return this.#base.getValue(key)
  }

  /** One of the API's contexts. Its span may be replaced by one that is sampled, so it does not say that it has none. */
  setValue(key: symbol, value: unknown): Context {
    return trace.setSpan(this.#base, this.#span).setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return trace.setSpan(this.#base, this.#span).deleteValue(key)
  }
}

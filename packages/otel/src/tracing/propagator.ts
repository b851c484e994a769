import {
  type Context,
  propagation,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api'
import type { RandomIds } from './trace-ids.ts'
import { parseTraceparent, printTraceparent, RANDOM_FLAG } from './traceparent.ts'
import { parseTracestate } from './tracestate.ts'
import { UnsampledContext } from './unsampled-context.ts'

/** Under it, in a context, a parent that a caller named and that is not obeyed. */
const UNTRUSTED_PARENT = Symbol('parent that is not trusted')

/** How {@link GatewayPropagator} works. */
export interface PropagationOptions {
  /** Draws the parent ids of calls that have no span. */
  readonly ids: RandomIds
  /** Whether `traceparent` and `tracestate` are read and written. Default: true. */
  readonly carriesTrace?: boolean
  /** Whether the caller's trace is gone on with; otherwise a new one begins, which links to it. */
  readonly trustsParent: boolean
  /** Carries baggage, if any may be sent on. */
  readonly baggage: TextMapPropagator | undefined
  /** Which entries of the baggage are sent on; `*` for all. */
  readonly baggageKeys: readonly string[]
}

/**
 * `traceparent` and `tracestate` of W3C Trace Context, and those entries of the baggage that are allowed: a gateway's
 * upstream may be somebody else's model.
 */
export class GatewayPropagator implements TextMapPropagator {
  readonly #options: PropagationOptions

  constructor(options: PropagationOptions) {
    this.#options = options
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = this.#options.carriesTrace === false ? undefined : trace.getSpan(context)
    if (span instanceof UnsampledContext) {
      setter.set(carrier, 'traceparent', span.newTraceparent())
      setState(span.traceState, carrier, setter)
    } else if (span !== undefined) {
      const spanContext = span.spanContext()
      if (trace.isSpanContextValid(spanContext)) {
        setter.set(carrier, 'traceparent', this.#traceparentOf(spanContext))
        setState(spanContext.traceState, carrier, setter)
      }
    }
    this.#options.baggage?.inject(this.#withAllowedBaggage(context), carrier, setter)
  }

  /** Calls below a span of this process that is not sampled get no span, but each a parent id of its own all the same. */
  #traceparentOf(spanContext: SpanContext): string {
    const { traceId, traceFlags, isRemote } = spanContext
    const isKept = isRemote === true || (traceFlags & TraceFlags.SAMPLED) !== 0
    return isKept
      ? printTraceparent(spanContext)
      : this.#options.ids.traceparent(traceId, traceFlags & RANDOM_FLAG)
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const { baggage, trustsParent, carriesTrace } = this.#options
    const base = baggage === undefined ? context : baggage.extract(context, carrier, getter)
    if (carriesTrace === false) return base
    const parent = readParent(
      one(getter.get(carrier, 'traceparent')),
      joined(getter.get(carrier, 'tracestate')),
    )
    if (parent === undefined) return base
    return trustsParent ? trace.setSpanContext(base, parent) : base.setValue(UNTRUSTED_PARENT, parent)
  }

  fields(): string[] {
    const { carriesTrace, baggage } = this.#options
    const ofTrace = carriesTrace === false ? [] : ['traceparent', 'tracestate']
    return [...ofTrace, ...(baggage?.fields() ?? [])]
  }

  #withAllowedBaggage(context: Context): Context {
    const { baggageKeys } = this.#options
    const baggage = propagation.getBaggage(context)
    if (baggage === undefined || baggageKeys.includes('*')) return context
    const allowed = baggage.getAllEntries().filter(([key]) => baggageKeys.includes(key))
    return propagation.setBaggage(context, propagation.createBaggage(Object.fromEntries(allowed)))
  }
}

function setState(state: TraceState | undefined, carrier: unknown, setter: TextMapSetter): void {
  const list = state?.serialize()
  if (list) setter.set(carrier, 'tracestate', list)
}

/** The parent that a caller named and that is not obeyed; its trace is linked to. */
export function untrustedParent(context: Context): SpanContext | undefined {
  return context.getValue(UNTRUSTED_PARENT) as SpanContext | undefined
}

/** The parent that headers name; a `tracestate` counts only with a valid `traceparent`. */
export function readParent(
  traceparent: string | undefined,
  tracestate: string | undefined,
): SpanContext | undefined {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  if (parent === undefined) return undefined
  const traceState = tracestate === undefined ? undefined : parseTracestate(tracestate)
  return traceState === undefined ? parent : { ...parent, traceState }
}

/** A header that may not be repeated: twice is not valid (W3C Trace Context section 3.2). */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? (header.length === 1 ? header[0] : undefined) : header
}

/** A header whose repetitions are one list. */
function joined(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header
}

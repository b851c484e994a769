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

/** Context key of a remote parent that is not trusted. */
const UNTRUSTED_PARENT = Symbol('parent that is not trusted')

/** Options of {@link GatewayPropagator}. */
export interface PropagationOptions {
  /** Generates the parent ids of calls that have no span. */
  readonly ids: RandomIds
  /** Whether `traceparent` and `tracestate` are read and written. Default: true. */
  readonly carriesTrace?: boolean
  /** Whether the caller's trace is continued. If not, a new trace starts, with a link to the caller's. */
  readonly trustsParent: boolean
  /** Reads and writes baggage; `undefined` if none may be propagated. */
  readonly baggage: TextMapPropagator | undefined
  /** The keys of baggage entries that are propagated; `*` for all. */
  readonly baggageKeys: readonly string[]
}

/**
 * Propagates W3C Trace Context (`traceparent`, `tracestate`) and the allowed baggage entries. Baggage is restricted because
 * the upstream of a gateway may belong to a third party.
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

  /** Returns the `traceparent` of a call. A call below an unsampled span of this process has no span, but its own parent ID. */
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
      single(getter.get(carrier, 'traceparent')),
      joined(getter.get(carrier, 'tracestate')),
    )
    if (parent === undefined) return base
    return trustsParent ? trace.setSpanContext(base, parent) : base.setValue(UNTRUSTED_PARENT, parent)
  }

  fields(): string[] {
    const { carriesTrace, baggage } = this.#options
    const traceFields = carriesTrace === false ? [] : ['traceparent', 'tracestate']
    return [...traceFields, ...(baggage?.fields() ?? [])]
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

/** Returns the remote parent that is not trusted, for a link; `undefined` if there is none. */
export function untrustedParent(context: Context): SpanContext | undefined {
  return context.getValue(UNTRUSTED_PARENT) as SpanContext | undefined
}

/** Parses trace headers. An invalid `traceparent` makes `tracestate` invalid too. */
export function readParent(
  traceparent: string | undefined,
  tracestate: string | undefined,
): SpanContext | undefined {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  if (parent === undefined) return undefined
  const traceState = tracestate === undefined ? undefined : parseTracestate(tracestate)
  return traceState === undefined ? parent : { ...parent, traceState }
}

/** Returns the value of a header; `undefined` if it is repeated, which is invalid (W3C Trace Context section 3.2). */
function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? (header.length === 1 ? header[0] : undefined) : header
}

/** Returns the value of a list header, whose repetitions are one list. */
function joined(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header
}

/** Keeps received traces and metrics in memory. Drops the oldest when a limit is reached. */
import { type Attributes, type KeyValue, plainAttributes } from './attributes.ts'

const MAX_TRACES = 1000
const MAX_SPANS_PER_TRACE = 1000
const MAX_METRICS = 5000
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error']

/** A span as returned by `GET /traces/<trace id>`. Ids are hexadecimal; the parent id of a root span is `''`. */
export interface StoredSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: string
  readonly service: string
  readonly scope: string
  readonly attributes: Attributes
  readonly status: { readonly code: string; readonly message: string }
  /** Epoch nanoseconds, as a string. */
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
}

/** A metric as returned by `GET /metrics`, in the form of OTLP/JSON. */
export interface StoredMetric {
  readonly service: string
  readonly resource: Attributes
  readonly scope: string
  readonly name: string
  readonly [field: string]: unknown
}

interface Received<Scoped> {
  readonly resource?: { readonly attributes?: readonly KeyValue[] }
  readonly scopeSpans?: readonly Scoped[]
  readonly scopeMetrics?: readonly Scoped[]
}

interface ReceivedSpan {
  readonly traceId?: string
  readonly spanId?: string
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: number
  readonly attributes?: readonly KeyValue[]
  readonly status?: { readonly code?: number; readonly message?: string }
  readonly startTimeUnixNano?: string | number
  readonly endTimeUnixNano?: string | number
  readonly links?: readonly { readonly traceId?: string; readonly spanId?: string }[]
}

type ScopeSpans = { readonly scope?: { readonly name?: string }; readonly spans?: readonly ReceivedSpan[] }
type ScopeMetrics = {
  readonly scope?: { readonly name?: string }
  readonly metrics?: readonly { name?: string }[]
}

export class TelemetryStore {
  readonly #traces = new Map<string, StoredSpan[]>()
  readonly #metrics = new Map<string, StoredMetric>()

  /** Adds the spans of an export request. */
  addTraces(request: { readonly resourceSpans?: readonly Received<ScopeSpans>[] }): void {
    for (const { resource, scopeSpans } of request.resourceSpans ?? []) {
      const service = serviceOf(plainAttributes(resource?.attributes))
      for (const { scope, spans } of scopeSpans ?? []) {
        for (const span of spans ?? []) this.#addSpan(storedSpan(span, service, scope?.name ?? ''))
      }
    }
  }

  /** Adds the metrics of an export request. */
  addMetrics(request: { readonly resourceMetrics?: readonly Received<ScopeMetrics>[] }): void {
    for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
      const attributes = plainAttributes(resource?.attributes)
      const service = serviceOf(attributes)
      for (const { scope, metrics } of scopeMetrics ?? []) {
        for (const metric of metrics ?? []) {
          const { name = '' } = metric
          this.#addMetric({ service, resource: attributes, scope: scope?.name ?? '', ...metric, name })
        }
      }
    }
  }

  /** Returns the spans of a trace by start time, or undefined if the trace is unknown. */
  trace(traceId: string): StoredSpan[] | undefined {
    const spans = this.#traces.get(traceId.toLowerCase())
    return spans?.toSorted((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1))
  }

  /** Returns all traces, newest first. */
  recentTraces(): { traceId: string; name: string; spans: number }[] {
    const traces = [...this.#traces].map(([traceId, spans]) => {
      const root = spans.find((span) => span.parentSpanId === '') ?? spans[0]
      return { traceId, name: root?.name ?? '', spans: spans.length }
    })
    return traces.reverse()
  }

  /** Returns the last received data of each metric. */
  metrics(): StoredMetric[] {
    return [...this.#metrics.values()]
  }

  #addSpan(span: StoredSpan): void {
    const spans = this.#traces.get(span.traceId) ?? []
    if (spans.length < MAX_SPANS_PER_TRACE) spans.push(span)
    this.#traces.set(span.traceId, spans)
    dropOldest(this.#traces, MAX_TRACES)
  }

  #addMetric(metric: StoredMetric): void {
    const instance = String(metric.resource['service.instance.id'] ?? '')
    this.#metrics.set(JSON.stringify([metric.service, instance, metric.scope, metric.name]), metric)
    dropOldest(this.#metrics, MAX_METRICS)
  }
}

function storedSpan(span: ReceivedSpan, service: string, scope: string): StoredSpan {
  return {
    traceId: (span.traceId ?? '').toLowerCase(),
    spanId: (span.spanId ?? '').toLowerCase(),
    parentSpanId: (span.parentSpanId ?? '').toLowerCase(),
    name: span.name ?? '',
    kind: KINDS[span.kind ?? 0] ?? 'unspecified',
    service,
    scope,
    attributes: plainAttributes(span.attributes),
    status: { code: STATUSES[span.status?.code ?? 0] ?? 'unset', message: span.status?.message ?? '' },
    startTimeUnixNano: String(span.startTimeUnixNano ?? 0),
    endTimeUnixNano: String(span.endTimeUnixNano ?? 0),
    links: (span.links ?? []).map((link) => ({ traceId: link.traceId ?? '', spanId: link.spanId ?? '' })),
  }
}

function serviceOf(attributes: Attributes): string {
  return String(attributes['service.name'] ?? '')
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  const [oldest] = map.keys()
  if (map.size > limit && oldest !== undefined) map.delete(oldest)
}

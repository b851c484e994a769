/** A span as read from any trace backend; ids are hexadecimal. */
export interface StoredSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty text for a root. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal' | 'other'
  readonly attributes: Readonly<Record<string, string>>
  readonly hasError: boolean
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
}

/** A backend that stores traces. */
export interface TraceStore {
  /** Name in the output. */
  readonly title: string
  readonly otlpGrpcPort: number
  readonly otlpHttpPort: number
  /** Returns the spans of a trace; an empty list for an unknown trace. */
  trace(traceId: string): Promise<StoredSpan[]>
}

/** The parts of OTLP/JSON that are read here. Ids are hexadecimal; Tempo has base64, and names of kinds. */
export interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[]
  }[]
}

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind?: number | string
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status?: { readonly code?: number | string }
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
}

/** The status code of a span with an error. */
const ERRORS: ReadonlySet<unknown> = new Set([2, 'STATUS_CODE_ERROR'])

const KINDS: Readonly<Record<string, StoredSpan['kind']>> = {
  1: 'internal',
  2: 'server',
  3: 'client',
  SPAN_KIND_INTERNAL: 'internal',
  SPAN_KIND_SERVER: 'server',
  SPAN_KIND_CLIENT: 'client',
}

/** Returns the spans of OTLP/JSON. */
export function spansOf(
  { resourceSpans = [] }: OtlpTraces,
  encoding: 'hex' | 'base64' = 'hex',
): StoredSpan[] {
  const id = (text: string): string =>
    encoding === 'hex' ? text : Buffer.from(text, 'base64').toString('hex')
  const spans = resourceSpans.flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap((scope) => scope.spans ?? []),
  )
  return spans.map((span) => ({
    traceId: id(span.traceId),
    spanId: id(span.spanId),
    parentSpanId: id(span.parentSpanId ?? ''),
    name: span.name,
    kind: KINDS[span.kind ?? 0] ?? 'other',
    attributes: Object.fromEntries(
      (span.attributes ?? []).map(({ key, value }) => [key, String(Object.values(value)[0])]),
    ),
    hasError: ERRORS.has(span.status?.code),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId: id(traceId), spanId: id(spanId) })),
  }))
}

/** A span as every trace backend tells it: ids in hex. */
export interface StoredSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty text for a root. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal' | 'other'
  readonly attributes: Readonly<Record<string, string>>
}

/** A backend that keeps traces. */
export interface TraceStore {
  /** As a person calls it. */
  readonly title: string
  readonly otlpGrpcPort: number
  readonly otlpHttpPort: number
  /** The spans of a trace; none if it is not known. */
  trace(traceId: string): Promise<StoredSpan[]>
}

/** OTLP as JSON, as far as it is read here. Ids are hex; Tempo has base64 and names for kinds. */
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
}

const KINDS: Readonly<Record<string, StoredSpan['kind']>> = {
  1: 'internal',
  2: 'server',
  3: 'client',
  SPAN_KIND_INTERNAL: 'internal',
  SPAN_KIND_SERVER: 'server',
  SPAN_KIND_CLIENT: 'client',
}

/** The spans in OTLP as JSON. */
export function spansOf(
  { resourceSpans = [] }: OtlpTraces,
  encoding: 'hex' | 'base64' = 'hex',
): StoredSpan[] {
  const id = (text: string): string =>
    encoding === 'hex' ? text : Buffer.from(text, 'base64').toString('hex')
  const spans = resourceSpans.flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap((scope) => scope.spans ?? []),
  )
  return spans.map(({ traceId, spanId, parentSpanId = '', name, kind = 0, attributes = [] }) => ({
    traceId: id(traceId),
    spanId: id(spanId),
    parentSpanId: id(parentSpanId),
    name,
    kind: KINDS[kind] ?? 'other',
    attributes: Object.fromEntries(
      attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]),
    ),
  }))
}

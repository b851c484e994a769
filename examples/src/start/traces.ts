/** Finds the trace of an exemplar in the OTLP receiver. */
import type { StoredSpan } from '../otlp-receiver/store.ts'
import type { Sample } from './exposition.ts'

/** The server span of a request, and its descendant: the client span of the call to the engine. */
export interface SpanChain {
  readonly server: StoredSpan
  readonly client: StoredSpan
}

/** Returns the first sample with an exemplar of a request that calls the engine. */
export function findExemplar(samples: readonly Sample[], prefix: string): Sample | undefined {
  return samples.find(
    ({ name, labels, exemplar }) =>
      name === `${prefix}http_request_duration_seconds_bucket` &&
      labels['method'] === 'POST' &&
      exemplar?.labels['trace_id'] !== undefined,
  )
}

/** Returns the spans of a trace; empty if the receiver does not have the trace. */
export async function fetchTrace(receiverUrl: string, traceId: string): Promise<StoredSpan[]> {
  const answer = await fetch(`${receiverUrl}/traces/${traceId}`)
  if (!answer.ok) return []
  return ((await answer.json()) as { spans: StoredSpan[] }).spans
}

/** Returns the spans of the newest trace that meets a condition; empty if there is none. */
export async function findTrace(
  receiverUrl: string,
  matches: (spans: readonly StoredSpan[]) => boolean,
): Promise<StoredSpan[]> {
  const { traces } = (await (await fetch(`${receiverUrl}/traces`)).json()) as {
    traces: { traceId: string }[]
  }
  for (const { traceId } of traces) {
    const spans = await fetchTrace(receiverUrl, traceId)
    if (matches(spans)) return spans
  }
  return []
}

/** Returns the span chain in a trace, or a message that names the missing part. */
export function findChain(
  spans: readonly StoredSpan[],
  traceId: string,
  engineUrl: string,
): SpanChain | string {
  if (spans.length === 0) return `trace ${traceId} of the exemplar did not arrive at the OTLP receiver`
  const server = spans.find((span) => span.kind === 'server')
  if (server === undefined) return `trace ${traceId} has no server span`
  const calls = spans.filter((span) => span.kind === 'client' && isCallTo(engineUrl, span))
  if (calls.length === 0) return `trace ${traceId} has no client span of the call to the engine`
  const client = calls.find((span) => isDescendant(server, span, spans))
  if (client === undefined)
    return `in trace ${traceId}, the span of the engine call is not a descendant of the server span`
  return { server, client }
}

/** Formats the spans as an indented tree, one line per span. */
export function traceTree(spans: readonly StoredSpan[], parentSpanId = '', indent = '  '): string[] {
  const children = spans.filter((span) => span.parentSpanId === parentSpanId)
  return children.flatMap((span) => {
    const milliseconds = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6
    const { 'url.full': url } = span.attributes
    const where = url === undefined ? '' : ` to ${url}`
    const line = `${indent}${span.kind} span "${span.name}" of ${span.service}${where}, ${milliseconds.toFixed(1)} ms`
    return [line, ...traceTree(spans, span.spanId, `${indent}  `)]
  })
}

/** Whether a client span is a call to this URL, by `server.port` or `url.full` of the semantic conventions. */
function isCallTo(url: string, span: StoredSpan): boolean {
  const { port } = new URL(url)
  const { 'server.port': serverPort, 'url.full': fullUrl } = span.attributes
  return String(serverPort) === port || String(fullUrl).startsWith(url)
}

/** Whether a span is below another one in their trace. */
export function isDescendant(ancestor: StoredSpan, span: StoredSpan, spans: readonly StoredSpan[]): boolean {
  const parents = new Map(spans.map((each) => [each.spanId, each.parentSpanId]))
  let parent: string | undefined = span.parentSpanId
  for (let steps = 0; steps < spans.length && parent !== undefined; steps++) {
    if (parent === ancestor.spanId) return true
    parent = parents.get(parent)
  }
  return false
}

/** The trace that an exemplar names, as the sink has it. */
import type { StoredSpan } from '../otlp-sink/store.ts'
import type { Sample } from './exposition.ts'

/** The server span of a request and the client span of its call to the engine, one below the other. */
export interface Chain {
  readonly server: StoredSpan
  readonly client: StoredSpan
}

/** The first exemplar in a duration of a route that asks the engine. */
export function findExemplar(samples: readonly Sample[], prefix: string): Sample | undefined {
  return samples.find(
    ({ name, labels, exemplar }) =>
      name === `${prefix}http_request_duration_seconds_bucket` &&
      labels['method'] === 'POST' &&
      exemplar?.labels['trace_id'] !== undefined,
  )
}

/** The spans of a trace; none if the sink does not know it. */
export async function fetchTrace(sinkUrl: string, traceId: string): Promise<StoredSpan[]> {
  const answer = await fetch(`${sinkUrl}/traces/${traceId}`)
  if (!answer.ok) return []
  return ((await answer.json()) as { spans: StoredSpan[] }).spans
}

/** The chain in a trace, or the sentence that says what of it is missing. */
export function findChain(spans: readonly StoredSpan[], traceId: string, engineUrl: string): Chain | string {
  if (spans.length === 0) return `the trace ${traceId} that the exemplar names did not reach the sink`
  const server = spans.find((span) => span.kind === 'server')
  if (server === undefined) return `the trace ${traceId} has no server span`
  const calls = spans.filter((span) => span.kind === 'client' && isCallTo(engineUrl, span))
  if (calls.length === 0) return `the trace ${traceId} has no client span of a call to the engine`
  const client = calls.find((span) => isBelow(server, span, spans))
  if (client === undefined) return `in the trace ${traceId} the engine call is not below the server span`
  return { server, client }
}

/** The spans as an indented tree, one line each. */
export function drawTrace(spans: readonly StoredSpan[], parentSpanId = '', indent = '  '): string[] {
  const children = spans.filter((span) => span.parentSpanId === parentSpanId)
  return children.flatMap((span) => {
    const milliseconds = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6
    const { 'url.full': url } = span.attributes
    const where = url === undefined ? '' : ` to ${url}`
    const line = `${indent}${span.kind} span "${span.name}"${where}, ${milliseconds.toFixed(1)} ms`
    return [line, ...drawTrace(spans, span.spanId, `${indent}  `)]
  })
}

/** By the semantic conventions: `server.port`, or the `url.full` of a client span. */
function isCallTo(url: string, span: StoredSpan): boolean {
  const { port } = new URL(url)
  const { 'server.port': serverPort, 'url.full': fullUrl } = span.attributes
  return String(serverPort) === port || String(fullUrl).startsWith(url)
}

function isBelow(ancestor: StoredSpan, span: StoredSpan, spans: readonly StoredSpan[]): boolean {
  const parents = new Map(spans.map((each) => [each.spanId, each.parentSpanId]))
  let parent: string | undefined = span.parentSpanId
  for (let steps = 0; steps < spans.length && parent !== undefined; steps++) {
    if (parent === ancestor.spanId) return true
    parent = parents.get(parent)
  }
  return false
}

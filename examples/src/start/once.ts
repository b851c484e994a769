/** One fixed amount of traffic, and what must be seen of it. */
import type { ExpectedSample } from '../driver/expected.ts'
import type { Mix } from '../driver/mix.ts'
import { driveMix } from '../driver.ts'
import type { Demo } from './demo.ts'
import type { Sample } from './exposition.ts'
import { poll } from './poll.ts'
import { differences, type Scrape, scrape, seriesName, sumBy } from './scrape.ts'
import { drawTrace, fetchTrace, findChain, findExemplar } from './traces.ts'

const DEADLINE_MS = 10_000

const MIX: Mix = {
  json: 20,
  toolCalls: 4,
  toolErrors: 1,
  mcpCalls: 3,
  mcpErrors: 1,
  streams: 12,
  toolStreams: 2,
  abortedStreams: 3,
  failedStreams: 2,
  notFound: 2,
  unmatched: 1,
  failing: 1,
}

const MCP_STARTUPS: readonly ExpectedSample[] = [
  { name: 'mcp_server_startup_total', labels: { server_label: 'exchange', status: 'ok' }, value: 1 },
  { name: 'mcp_server_startup_total', labels: { server_label: 'broken', status: 'error' }, value: 1 },
]

/** A part of the summary: its lines, and a sentence for each thing that is missing in it. */
interface Part {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** Drives the traffic, prints the summary, and returns a sentence for each thing that is missing. */
export async function runOnce(demo: Demo, print: (line: string) => void): Promise<string[]> {
  const expected = [...(await driveMix(`${demo.gatewayUrl}/v1`, MIX)), ...MCP_STARTUPS]
  const scraped = await poll(
    () => scrape(demo.metricsUrl),
    (answer) => differences(expected, answer, demo.prefix).length === 0,
    DEADLINE_MS,
  )
  const parts = [counts(scraped, demo), await trace(scraped, demo)]
  for (const line of parts.flatMap((part) => part.lines)) print(line)
  const wrong = differences(expected, scraped, demo.prefix)
  if (wrong.length === 0)
    print(`counts      all ${expected.length} series on ${demo.metricsUrl} are as driven`)
  return [...wrong, ...parts.flatMap((part) => part.problems)]
}

const COUNTS = [
  { title: 'requests    by status:', name: 'http_requests_total', label: 'status' },
  { title: 'streams     by outcome:', name: 'sse_streams_total', label: 'outcome' },
  { title: 'tool calls  requested:', name: 'tool_calls_requested_total', label: 'tool_type' },
  { title: 'tool calls  executed:', name: 'tool_calls_executed_total', label: 'tool_type' },
  { title: 'tool calls  failed:', name: 'tool_errors_total', label: 'tool_type' },
  { title: 'MCP servers by start-up:', name: 'mcp_server_startup_total', label: 'status' },
]

function counts(scraped: Scrape, demo: Demo): Part {
  const lines: string[] = []
  const problems: string[] = []
  for (const { title, name, label } of COUNTS) {
    const sums = sumBy(scraped.samples, demo.prefix + name, label)
    const text = [...sums].sort().map(([key, value]) => `${key} ${value}`)
    if (sums.size > 0) lines.push(`${title} ${text.join(', ')}`)
    else problems.push(`${demo.prefix}${name} is not on ${demo.metricsUrl}`)
  }
  return { lines, problems }
}

async function trace(scraped: Scrape, demo: Demo): Promise<Part> {
  const sample = findExemplar(scraped.samples, demo.prefix)
  if (sample?.exemplar === undefined) {
    const name = `${demo.prefix}http_request_duration_seconds`
    return { lines: [], problems: [`${name} has no exemplar on ${demo.metricsUrl}: is tracing on?`] }
  }
  const traceId = sample.exemplar.labels['trace_id'] ?? ''
  const spans = await poll(
    () => fetchTrace(demo.sinkUrl, traceId),
    (answer) => typeof findChain(answer, traceId, demo.engineUrl) === 'object',
    DEADLINE_MS,
  )
  const chain = findChain(spans, traceId, demo.engineUrl)
  const problems = typeof chain === 'string' ? [chain] : []
  return {
    lines: [...describe(sample), `trace       ${traceId} in the sink:`, ...drawTrace(spans)],
    problems,
  }
}

function describe({ name, labels, exemplar }: Sample): string[] {
  const { trace_id: traceId, span_id: spanId } = exemplar?.labels ?? {}
  return [
    `exemplar    ${seriesName(name, labels)}`,
    `            value ${Number(exemplar?.value.toPrecision(6))} s, trace ${traceId}, span ${spanId}`,
  ]
}

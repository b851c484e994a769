/** Sends a fixed number of requests and checks the resulting telemetry. */
import { addSamples } from '../load-generator/expected-samples.ts'
import { expectedTokens } from '../load-generator/expected-tokens.ts'
import { planRequests, type TrafficMix } from '../load-generator/traffic-mix.ts'
import { sendTraffic } from '../load-generator.ts'
import type { StoredSpan } from '../otlp-receiver/store.ts'
import { compareEngineSeries } from './engine-series.ts'
import type { Sample } from './exposition.ts'
import { differencesOfWorkers, mcpStartups, replaceWorker, scrapeUntilEqual } from './gateway-workers.ts'
import { poll } from './poll.ts'
import { differences, type Scrape, seriesName, sumBy } from './scrape.ts'
import { type Demo, MCP_SERVICE } from './start-demo.ts'
import { fetchTrace, findChain, findExemplar, findTrace, isDescendant, traceTree } from './traces.ts'

const TIMEOUT_MS = 30_000

const MIX: TrafficMix = {
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

/** A section of the summary: its lines, and a message for each problem. */
interface SummarySection {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** Sends the requests, prints the summary, and returns a message for each problem. */
export async function runOnce(demo: Demo, print: (line: string) => void): Promise<string[]> {
  const batches = [await sendTraffic(`${demo.gatewayUrl}/v1`, MIX)]
  const [pid] = demo.workerPids
  if (pid !== undefined) {
    const wrong = await replaceWorker(demo, pid, batches.flat())
    if (wrong.length > 0) return wrong
    print(
      `workers     ${demo.workerPids.length} processes; ${pid} was killed (SIGKILL) and replaced between two batches`,
    )
    batches.push(await sendTraffic(`${demo.gatewayUrl}/v1`, MIX))
  }
  const expected = addSamples([...batches.flat(), ...mcpStartups(demo, batches.length - 1)])
  const scraped = await scrapeUntilEqual(expected, demo)
  const sections = [
    countsSection(scraped, demo),
    tokensSection(scraped, batches.length),
    await compareEngineSeries(demo),
    await traceSection(scraped, demo),
    await mcpSection(demo),
  ]
  for (const line of sections.flatMap((section) => section.lines)) print(line)
  // With VR_METRICS_PORT, the primary answers.
  const isOnWorkers = demo.workerPids.length > 0 && demo.metricsUrl.startsWith(demo.gatewayUrl)
  const wrong = [
    ...differences(expected, scraped, demo.prefix),
    ...(isOnWorkers ? await differencesOfWorkers(expected, demo) : []),
  ]
  const where = `on ${demo.metricsUrl}${isOnWorkers ? ', in a scrape of each worker,' : ''}`
  if (wrong.length === 0)
    print(`metrics     all ${expected.length} checked series ${where} match the requests sent`)
  return [...wrong, ...sections.flatMap((section) => section.problems)]
}

const COUNTS = [
  { title: 'requests    by status:', name: 'http_requests_total', label: 'status' },
  { title: 'streams     by outcome:', name: 'sse_streams_total', label: 'outcome' },
  { title: 'tool calls  requested:', name: 'tool_calls_requested_total', label: 'tool_type' },
  { title: 'tool calls  executed:', name: 'tool_calls_executed_total', label: 'tool_type' },
  { title: 'tool calls  failed:', name: 'tool_errors_total', label: 'tool_type' },
  { title: 'MCP starts  by status:', name: 'mcp_server_startup_total', label: 'status' },
]

function countsSection(scraped: Scrape, demo: Demo): SummarySection {
  const lines: string[] = []
  const problems: string[] = []
  for (const { title, name, label } of COUNTS) {
    const sums = sumBy(scraped.samples, demo.prefix + name, label)
    const text = [...sums].sort().map(([key, value]) => `${key} ${value}`)
    if (sums.size > 0) lines.push(`${title} ${text.join(', ')}`)
    else problems.push(`${demo.prefix}${name} is missing on ${demo.metricsUrl}`)
  }
  return { lines, problems }
}

function tokensSection(scraped: Scrape, batches: number): SummarySection {
  const counted = sumBy(scraped.samples, 'gen_ai_client_token_usage_sum', 'gen_ai_token_type')
  const expected = Object.entries(
    expectedTokens(Array.from({ length: batches }, () => planRequests(MIX)).flat()),
  )
  const problems = expected
    .filter(([type, value]) => counted.get(type) !== value)
    .map(([type, value]) => `${type} tokens: the engine reported ${value}, counted ${counted.get(type) ?? 0}`)
  const text = expected.map(([type]) => `${type} ${counted.get(type) ?? 0}`)
  return { lines: [`tokens      by type: ${text.join(', ')}`], problems }
}

async function traceSection(scraped: Scrape, demo: Demo): Promise<SummarySection> {
  const sample = findExemplar(scraped.samples, demo.prefix)
  if (sample?.exemplar === undefined) {
    const name = `${demo.prefix}http_request_duration_seconds`
    return {
      lines: [],
      problems: [`${name} has no exemplar on ${demo.metricsUrl}; is VR_TRACING_ENABLED true?`],
    }
  }
  const traceId = sample.exemplar.labels['trace_id'] ?? ''
  const spans = await poll(
    () => fetchTrace(demo.receiverUrl, traceId),
    (answer) => typeof findChain(answer, traceId, demo.engineUrl) === 'object',
    TIMEOUT_MS,
  )
  const chain = findChain(spans, traceId, demo.engineUrl)
  const problems = typeof chain === 'string' ? [chain] : []
  return {
    lines: [...exemplarLines(sample), `trace       ${traceId}, from the OTLP receiver:`, ...traceTree(spans)],
    problems,
  }
}

/** A trace that goes from a request to the gateway into the process of the MCP server. */
async function mcpSection(demo: Demo): Promise<SummarySection> {
  const spans = await poll(
    () => findTrace(demo.receiverUrl, (trace) => mcpServerSpan(trace) !== undefined),
    (found) => found.length > 0,
    TIMEOUT_MS,
  )
  if (spans.length === 0) return { lines: [], problems: ['no trace goes into the process of the MCP server'] }
  return {
    lines: [`trace       ${spans[0]?.traceId}, into the MCP server:`, ...traceTree(spans)],
    problems: [],
  }
}

function mcpServerSpan(spans: readonly StoredSpan[]): StoredSpan | undefined {
  const request = spans.find((span) => span.kind === 'server' && span.parentSpanId === '')
  return spans.find(
    (span) => span.service === MCP_SERVICE && request !== undefined && isDescendant(request, span, spans),
  )
}

function exemplarLines({ name, labels, exemplar }: Sample): string[] {
  const { trace_id: traceId, span_id: spanId } = exemplar?.labels ?? {}
  return [
    `exemplar    ${seriesName(name, labels)}`,
    `            value ${Number(exemplar?.value.toPrecision(6))} s, trace ${traceId}, span ${spanId}`,
  ]
}

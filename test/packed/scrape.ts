/** Content type of the format that has exemplars. */
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0'

/** The ten metrics of the gateway that dashboards for vllm-responses expect. */
export const TEN_METRICS = [
  'vllm_responses_http_in_flight_requests',
  'vllm_responses_http_request_duration_seconds',
  'vllm_responses_http_requests_total',
  'vllm_responses_mcp_server_startup_total',
  'vllm_responses_sse_connections_in_flight',
  'vllm_responses_sse_stream_duration_seconds',
  'vllm_responses_tool_calls_executed_total',
  'vllm_responses_tool_calls_requested_total',
  'vllm_responses_tool_errors_total',
  'vllm_responses_tool_execution_duration_seconds',
]

/** Text of a page; throws unless the status is 200. */
export async function get(url: string, accept = '*/*'): Promise<string> {
  const response = await fetch(url, { headers: { accept } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`GET ${url} answered ${response.status}: ${text}`)
  return text
}

/** JSON of a page. */
export async function getJson<T>(url: string): Promise<T> {
  return JSON.parse(await get(url))
}

/** The classic text format. */
export function scrape(origin: string): Promise<string> {
  return get(`${origin}/metrics`)
}

/** The format that has exemplars. */
export async function scrapeOpenMetrics(origin: string): Promise<string> {
  const text = await get(`${origin}/metrics`, OPEN_METRICS)
  if (!text.endsWith('# EOF\n')) throw new Error(`not OpenMetrics:\n${text}`)
  return text
}

/** The samples of the ten metrics that are exact whatever the time: gauges, counters and histogram counts, sorted. */
export function exactSamples(text: string): string[] {
  return text.split('\n').filter(isExact).sort()
}

function isExact(line: string): boolean {
  const name = /^[a-z_]+/.exec(line)?.[0] ?? ''
  return TEN_METRICS.some((metric) => name === metric || name === `${metric}_count`)
}

/** Ids that an exemplar names. */
export interface Exemplar {
  readonly series: string
  readonly traceId: string
  readonly spanId: string
}

/** All exemplars of a scrape. */
export function exemplars(text: string): Exemplar[] {
  const pattern = /^(\S+) \S+ # \{([^}]*)\}/gm
  return [...text.matchAll(pattern)].map(([, series = '', labels = '']) => ({
    series,
    traceId: /trace_id="(\w+)"/.exec(labels)?.[1] ?? '',
    spanId: /span_id="(\w+)"/.exec(labels)?.[1] ?? '',
  }))
}

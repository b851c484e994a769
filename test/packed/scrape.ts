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

/** Fetches a text; throws unless the status is 200. */
export async function get(url: string, accept = '*/*'): Promise<string> {
  const response = await fetch(url, { headers: { accept } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`GET ${url} responded with ${response.status}: ${text}`)
  return text
}

/** Fetches JSON. */
export async function getJson<T>(url: string): Promise<T> {
  return JSON.parse(await get(url))
}

/** Scrapes in the text format 0.0.4. */
export function scrape(origin: string): Promise<string> {
  return get(`${origin}/metrics`)
}

/** Scrapes in OpenMetrics, which has exemplars. */
export async function scrapeOpenMetrics(origin: string): Promise<string> {
  const text = await get(`${origin}/metrics`, OPEN_METRICS)
  if (!text.endsWith('# EOF\n')) throw new Error(`not OpenMetrics:\n${text}`)
  return text
}

/** Returns the samples that do not depend on time: gauges, counters and histogram counts of the ten metrics, sorted. */
export function exactSamples(text: string): string[] {
  return text.split('\n').filter(isExact).sort()
}

function isExact(line: string): boolean {
  const name = /^[a-z_]+/.exec(line)?.[0] ?? ''
  return TEN_METRICS.some((metric) => name === metric || name === `${metric}_count`)
}

/** Ids of an exemplar. */
export interface Exemplar {
  readonly series: string
  readonly traceId: string
  readonly spanId: string
}

/** Returns all exemplars of a scrape. */
export function exemplars(text: string): Exemplar[] {
  const pattern = /^(\S+) \S+ # \{([^}]*)\}/gm
  return [...text.matchAll(pattern)].map(([, series = '', labels = '']) => ({
    series,
    traceId: /trace_id="(\w+)"/.exec(labels)?.[1] ?? '',
    spanId: /span_id="(\w+)"/.exec(labels)?.[1] ?? '',
  }))
}

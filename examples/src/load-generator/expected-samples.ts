/** The samples that a traffic mix must produce on the gateway's `/metrics`. */
import type { PlannedRequest, RequestType } from './traffic-mix.ts'

/** A sample: metric name without the prefix `vllm_responses_`, labels, value. */
export interface ExpectedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Metrics for which `expectedSamples` returns all series. Any other series of these metrics is an error. */
export const CHECKED_METRICS = [
  'http_requests_total',
  'http_request_duration_seconds_count',
  'sse_streams_total',
  'sse_stream_duration_seconds_count',
  'tool_calls_requested_total',
  'tool_calls_executed_total',
  'tool_execution_duration_seconds_count',
  'tool_errors_total',
  'http_in_flight_requests',
  'sse_connections_in_flight',
] as const

const STATUS: Readonly<Record<RequestType, string>> = {
  json: '200',
  stream: '200',
  'aborted stream': '200',
  'failed stream': '200',
  'not found': '404',
  unmatched: '404',
  failing: '502',
}

const OUTCOME: Partial<Record<RequestType, string>> = {
  stream: 'completed',
  'aborted stream': 'client_abort',
  'failed stream': 'upstream_error',
}

/** Returns the samples of a new gateway after exactly these requests. */
export function expectedSamples(requests: readonly PlannedRequest[]): ExpectedSample[] {
  const samples = new Map<string, ExpectedSample>()
  const count = (name: (typeof CHECKED_METRICS)[number], labels: Record<string, string>): void => {
    const key = JSON.stringify([name, labels])
    samples.set(key, { name, labels, value: (samples.get(key)?.value ?? 0) + 1 })
  }
  for (const request of requests) {
    const { method, route } = endpointOf(request)
    count('http_requests_total', { method, route, status: STATUS[request.type] })
    count('http_request_duration_seconds_count', { method, route })
    const outcome = OUTCOME[request.type]
    if (outcome !== undefined) {
      count('sse_streams_total', { route, outcome })
      count('sse_stream_duration_seconds_count', { route })
    }
    if (request.tool === undefined) continue
    const labels = { tool_type: request.tool }
    count('tool_calls_requested_total', labels)
    count('tool_calls_executed_total', labels)
    count('tool_execution_duration_seconds_count', labels)
    // The output of a function is text that only the gateway can read: its failures are not visible from outside.
    if (request.toolFails && request.tool === 'mcp') count('tool_errors_total', labels)
  }
  const idle = (name: (typeof CHECKED_METRICS)[number]): ExpectedSample => ({ name, labels: {}, value: 0 })
  return [...samples.values(), idle('http_in_flight_requests'), idle('sse_connections_in_flight')]
}

/** Adds the values of samples of the same series. */
export function addSamples(samples: readonly ExpectedSample[]): ExpectedSample[] {
  const sums = new Map<string, ExpectedSample>()
  for (const sample of samples) {
    const key = JSON.stringify([sample.name, sample.labels])
    sums.set(key, { ...sample, value: sample.value + (sums.get(key)?.value ?? 0) })
  }
  return [...sums.values()]
}

function endpointOf(request: PlannedRequest): { method: string; route: string } {
  if (request.type === 'not found') return { method: 'GET', route: '/v1/responses/{response_id}' }
  if (request.type === 'unmatched') return { method: 'GET', route: 'unmatched' }
  return { method: 'POST', route: request.api === 'chat' ? '/v1/chat/completions' : '/v1/responses' }
}

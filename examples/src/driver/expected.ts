/** What a mix of traffic must leave on the gateway's `/metrics`, exactly. */
import type { Sort, Step } from './mix.ts'

/** One series: its name without the prefix `vllm_responses_`, its labels, its value. */
export interface ExpectedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The families of which `expectedSamples` names every series; a series that it does not name is one too many. */
export const COUNTED_FAMILIES = [
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

const STATUS: Readonly<Record<Sort, string>> = {
  json: '200',
  stream: '200',
  'aborted stream': '200',
  'failed stream': '200',
  'not found': '404',
  unmatched: '404',
  failing: '502',
}

const OUTCOME: Partial<Record<Sort, string>> = {
  stream: 'completed',
  'aborted stream': 'client_abort',
  'failed stream': 'upstream_error',
}

/** The samples of a new gateway after these requests and nothing else. */
export function expectedSamples(steps: readonly Step[]): ExpectedSample[] {
  const samples = new Map<string, ExpectedSample>()
  const count = (name: (typeof COUNTED_FAMILIES)[number], labels: Record<string, string>): void => {
    const key = JSON.stringify([name, labels])
    samples.set(key, { name, labels, value: (samples.get(key)?.value ?? 0) + 1 })
  }
  for (const step of steps) {
    const { method, route } = endpointOf(step)
    count('http_requests_total', { method, route, status: STATUS[step.sort] })
    count('http_request_duration_seconds_count', { method, route })
    const outcome = OUTCOME[step.sort]
    if (outcome !== undefined) {
      count('sse_streams_total', { route, outcome })
      count('sse_stream_duration_seconds_count', { route })
    }
    if (step.tool === undefined) continue
    const labels = { tool_type: step.tool }
    count('tool_calls_requested_total', labels)
    count('tool_calls_executed_total', labels)
    count('tool_execution_duration_seconds_count', labels)
    if (step.toolFails) count('tool_errors_total', labels)
  }
  const idle = (name: (typeof COUNTED_FAMILIES)[number]): ExpectedSample => ({ name, labels: {}, value: 0 })
  return [...samples.values(), idle('http_in_flight_requests'), idle('sse_connections_in_flight')]
}

function endpointOf(step: Step): { method: string; route: string } {
  if (step.sort === 'not found') return { method: 'GET', route: '/v1/responses/{response_id}' }
  if (step.sort === 'unmatched') return { method: 'GET', route: 'unmatched' }
  return { method: 'POST', route: step.api === 'chat' ? '/v1/chat/completions' : '/v1/responses' }
}

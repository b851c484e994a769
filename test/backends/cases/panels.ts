/** What dashboards show of a gateway, and the PromQL that they ask; `$instance` is the gateway. */
export interface Panel {
  readonly shows: string
  readonly query: string
}

const NAMES = [
  'http_requests_total',
  'http_request_duration_seconds_count',
  'http_in_flight_requests',
  'sse_connections_in_flight',
  'sse_stream_duration_seconds_count',
  'tool_calls_requested_total',
  'tool_calls_executed_total',
  'tool_execution_duration_seconds_count',
  'tool_errors_total',
  'mcp_server_startup_total',
]

/** One query each of the ten metrics that dashboards for vllm-responses have, and those that need more than a name. */
export const PANELS: readonly Panel[] = [
  ...NAMES.map((name) => ({
    shows: `has ${name}`,
    query: `sum(vllm_responses_${name}{instance="$instance"})`,
  })),
  {
    shows: 'computes requests per second by status',
    query: 'sum by (status) (rate(vllm_responses_http_requests_total{instance="$instance"}[1m]))',
  },
  {
    shows: 'computes a percentile of request durations by route',
    query:
      'histogram_quantile(0.95, sum by (le, route) (vllm_responses_http_request_duration_seconds_bucket{instance="$instance",route!="unmatched"}))',
  },
  {
    shows: 'finds a bucket by the spelling of recorded dashboards',
    query: 'vllm_responses_http_request_duration_seconds_bucket{instance="$instance",le="1.0"}',
  },
  {
    shows: 'joins a metric with what the resource says',
    query:
      'vllm_responses_http_in_flight_requests{instance="$instance"} * on (instance) group_left (service_name) target_info{service_name="vllm-responses"}',
  },
  {
    shows: 'has the process under the names of generic dashboards',
    query:
      'process_resident_memory_bytes{instance="$instance"} + process_start_time_seconds + process_open_fds / process_max_fds + rate(process_cpu_seconds_total[1m])',
  },
  {
    shows: 'has the event loop',
    query:
      'rate(nodejs_eventloop_time_seconds_total{instance="$instance",nodejs_eventloop_state="active"}[1m])',
  },
]

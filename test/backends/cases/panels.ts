/** A query that dashboards use. `$instance` is the label value of the gateway. */
export interface Panel {
  /** What the query does, as part of the name of a case. */
  readonly does: string
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

/** One query for each of the ten metrics of the dashboards for vllm-responses, and queries of typical expressions. */
export const PANELS: readonly Panel[] = [
  ...NAMES.map((name) => ({
    does: `returns ${name}`,
    query: `sum(vllm_responses_${name}{instance="$instance"})`,
  })),
  {
    does: 'computes requests per second by status',
    query: 'sum by (status) (rate(vllm_responses_http_requests_total{instance="$instance"}[1m]))',
  },
  {
    does: 'computes a percentile of request durations by route',
    query:
      'histogram_quantile(0.95, sum by (le, route) (vllm_responses_http_request_duration_seconds_bucket{instance="$instance",route!="unmatched"}))',
  },
  {
    does: 'selects a bucket by the `le` value that existing dashboards use',
    query: 'vllm_responses_http_request_duration_seconds_bucket{instance="$instance",le="1.0"}',
  },
  {
    does: 'joins a metric with the resource attributes of target_info',
    query:
      'vllm_responses_http_in_flight_requests{instance="$instance"} * on (instance) group_left (service_name) target_info{service_name="@vr/otel-examples"}',
  },
  {
    does: 'returns the process metrics of generic dashboards',
    query:
      'process_resident_memory_bytes{instance="$instance"} + process_start_time_seconds + process_open_fds / process_max_fds + rate(process_cpu_seconds_total[1m])',
  },
  {
    does: 'returns the time of the event loop',
    query:
      'rate(nodejs_eventloop_time_seconds_total{instance="$instance",nodejs_eventloop_state="active"}[1m])',
  },
]

import { DELIVERY_METRIC_DEFINITIONS, prometheusMetricName } from '@vr/otel-exporters'
import {
  type AttributeDefinition,
  CATALOG,
  DEFAULT_BUCKETS,
  DEFAULT_GROUPS,
  type Group,
  type InstrumentDefinition,
} from '@vr/otel-instruments'
import {
  LATEST_GENAI_DEFINITIONS,
  OTEL_ONLY_PROCESS_METRICS,
  PROMETHEUS_PROCESS_METRICS,
  prefixOf,
} from '@vr/otel-instruments/internal'
import { CLUSTER_METRIC_DEFINITIONS } from '../src/cluster/cluster-metrics.ts'
import { EVENT_METRIC_DEFINITIONS } from '../src/events/event-metrics.ts'
import { ENGINE_METRIC_DEFINITIONS } from '../src/external/engine-metrics.ts'
import {
  ABOUT_MCP,
  ABOUT_SELF,
  ABOUT_UPSTREAM,
  ABOUT_WEBSOCKETS,
  PROCESS_OF_WORKERS,
} from './about-groups.ts'
import { aboutLlamaStack } from './about-llama-stack.ts'
import { GENERATED } from './generated.ts'

/** What follows the table of a group. */
const ABOUT: Readonly<Partial<Record<Group, () => string>>> = {
  websocket: () => ABOUT_WEBSOCKETS,
  llama_stack: aboutLlamaStack,
  mcp: () => ABOUT_MCP,
  process: processInScrapes,
  self: () => ABOUT_SELF,
  upstream: () => ABOUT_UPSTREAM,
  genai: aboutGenAi,
}

/** `docs/metrics.md`: every metric, from the catalog. */
export function metricsPage(): string {
  const sections = (Object.keys(CATALOG) as Group[]).map((group) => {
    const start = prefixOf(group, {})
    const prefix = start === '' ? '' : `${start}.`
    return `## ${group}${DEFAULT_GROUPS.includes(group) ? '' : ' (off by default)'}

| In a scrape | Instrument | Kind | Unit | Labels | Description |
|---|---|---|---|---|---|
${definitionsOf(group)
  .map((definition) => metricRow(definition, definition.isSemconv === true ? '' : prefix))
  .join('\n')}
${ABOUT[group] === undefined ? '' : `\n${ABOUT[group]()}`}`
  })
  return `${GENERATED}

# Metrics

\`VR_METRICS_GROUPS\` selects the groups of metrics that are recorded. \`VR_METRICS_PREFIX\` replaces the prefix
\`vllm_responses\`. The number of values of every label is [bounded](#bounds-of-labels).

A stream is a response with the content type \`text/event-stream\`. It counts in \`http_in_flight_requests\` until its headers
are sent, then in \`sse_connections_in_flight\`. It is added to \`http_requests_total\` when its headers are sent.

A WebSocket is not counted as an HTTP request. [Its metrics](#websocket) are read from the frames on its socket, with any
library.

**Several workers.** A scrape has [the metrics of all workers](workers.md). Counters and histograms are added. The kind of a gauge
or up-down counter names the rule by which the values of the running workers become one: \`sum\`, \`max\`, \`min\` or \`mean\`.

Metrics under the names of OpenTelemetry follow the semantic conventions: groups \`http_semconv\` and \`process\` 1.45,
[\`genai\`](#genai) 1.41.

## Questions and queries

| Question | PromQL |
|---|---|
| Requests by route and status | \`sum by (route, status) (rate(vllm_responses_http_requests_total[5m]))\` |
| Streams that failed, by [outcome](outcomes.md) | \`sum by (route, outcome) (rate(vllm_responses_sse_streams_total{outcome!="completed"}[5m]))\` |
| Time to the first event that a client receives, 95th percentile | \`histogram_quantile(0.95, sum by (le, route) (rate(vllm_responses_sse_time_to_first_event_seconds_bucket[5m])))\` |
| Time to the first chunk of the engine, by model | \`histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m])))\` |
| Part of the time to the first event that requests wait in the queue of the engine | the recording rule for the [queue share](engine-metrics.md#queue-share) |
| Time that the gateway adds | \`histogram_quantile(0.95, sum by (le, route) (rate(vllm_responses_gateway_overhead_seconds_bucket[5m])))\` |
| Tokens by model and type | \`sum by (gen_ai_response_model, gen_ai_token_type) (rate(gen_ai_client_token_usage_sum[5m]))\` |
| Failed attempts to call an engine, also those that a retry replaced | \`sum by (outcome) (rate(vllm_responses_upstream_attempts_total{outcome!="ok"}[5m]))\` |
| Errors of engine calls by model | \`sum by (gen_ai_request_model, error_type) (rate(gen_ai_client_operation_duration_seconds_count{error_type!=""}[5m]))\` |
| Tool calls that the model requested and the gateway executed | \`sum by (tool_type) (rate(vllm_responses_tool_calls_requested_total[5m]))\`, the same with \`executed\` |
| Which tools fail, and how | \`sum by (gen_ai_tool_name, error_type) (rate(gen_ai_execute_tool_duration_seconds_count{error_type!=""}[5m]))\` |
| MCP servers that did not start; the log has the reason | \`vllm_responses_mcp_server_startup_total{status="error"}\` |
| The trace of a slow request: an exemplar of a high bucket | \`vllm_responses_http_request_duration_seconds_bucket\`; for streams, \`vllm_responses_sse_stream_duration_seconds_bucket\` |

${sections.join('\n')}
${boundsSection()}
## Buckets

Upper bounds in seconds, those of \`TOKENS\` in tokens; \`VR_METRICS_BUCKETS_<FAMILY>\` replaces a family.

${Object.entries(DEFAULT_BUCKETS)
  .map(([family, bounds]) => `- \`${family.toUpperCase()}\`: ${bounds.join(' ')}`)
  .join('\n')}

[Outcomes](outcomes.md) describes how \`outcome\` is decided.
`
}

/** Every attribute, with the bound that its definition has. */
function boundsSection(): string {
  const attributes = new Map<AttributeDefinition, Set<Group>>()
  for (const group of Object.keys(CATALOG) as Group[]) {
    for (const attribute of definitionsOf(group).flatMap((definition) => definition.attributes))
      attributes.set(attribute, (attributes.get(attribute) ?? new Set()).add(group))
  }
  const rows = [...attributes].map(([attribute, groups]) => boundRow(attribute, [...groups]))
  return `## Bounds of labels

The number of values of a label is bounded, whatever clients and the application send. A label has a list of known values,
and may have a limit up to which it accepts other values. Beyond the limit, a value that is not known is replaced.
\`vr_otel_values_cut_total\` counts the replaced values by \`label\`, and a warning names the label when its limit is reached
for the first time. Strings are truncated at 256 characters before they are stored.

**Number of series.** With the default groups, a scrape has about 110 series at start, of which 95 describe the process. A route
that serves streams adds about 110; an engine and model 90, and 17 for each \`error_type\`; a tool 17, over MCP 34. To reduce
them, set fewer bucket bounds, such as \`VR_METRICS_BUCKETS_GENAI\`, or disable a group, such as \`VR_METRICS_GROUPS=-genai\`.

| Label | Groups | Values | Known values | Limit of other values | Replaced by |
|---|---|---|---|---|---|
${rows.join('\n')}

At the limit, a new value evicts a value that has not occurred for an hour, so that a burst of wrong values does not block
later ones. The series of the evicted value remain, and no total changes. If their counts moved to \`other\`, \`rate()\` and
\`increase()\` would show all of them as new requests of that moment; if the series disappeared, sums would decrease.

Memory is bounded in any case. During the life of a process, a label accepts at most ten times its limit of other values, and
an instrument has at most \`VR_METRICS_CARDINALITY_LIMIT\` series. Further series are counted in its overflow series, which
has the label \`otel_metric_overflow="true"\`. To remove the series of evicted values, restart the process.
`
}

function boundRow(attribute: AttributeDefinition, groups: readonly Group[]): string {
  const { name, values, limit = 0, overflow, description } = attribute
  const isShort = values.length <= 12
  const known = isShort ? values.map((value) => `\`${value}\``).join(', ') || 'none' : `${values.length}`
  const otherwise = overflow === undefined ? 'label omitted' : `\`${overflow}\``
  return `| ${[`\`${name}\``, groups.join(', '), description, known, limit || 'none', otherwise].join(' | ')} |`
}

/** Returns the instruments of a group. The group `self` includes those of the exporters and of workers. */
function definitionsOf(group: Group): readonly InstrumentDefinition[] {
  const others = [
    DELIVERY_METRIC_DEFINITIONS,
    CLUSTER_METRIC_DEFINITIONS,
    ENGINE_METRIC_DEFINITIONS,
    EVENT_METRIC_DEFINITIONS,
  ]
  return group === 'self' ? [...CATALOG.self, ...others.flatMap(Object.values)] : CATALOG[group]
}

/** Returns the text about the group `genai`. */
function aboutGenAi(): string {
  const rows = Object.values<InstrumentDefinition>(LATEST_GENAI_DEFINITIONS)
    .filter((definition) => !CATALOG.genai.some(({ name }) => name === definition.name))
    .map((definition) => metricRow(definition, ''))
  return `**Calls** are attempts to call the Responses, chat completions, completions, embeddings or Messages API. [HTTP
clients](frameworks.md#http-clients) lists the clients that are observed. A chunk is an event of the stream.

**Tokens** are the last counts that the engine reported, in the stream or in the body; they are never estimated. Input tokens
include cached ones, and output tokens include reasoning, so a sum over \`gen_ai_token_type\` counts each token once. In a stream of
chat completions, an engine reports them only if the request has \`stream_options.include_usage\`. A stream without them, or cut off
before them, counts in \`vr_otel_gen_ai_streams_without_usage_total\`.

**Models.** Clients choose the requested model, so it is \`other\` until an engine lists it in \`/v1/models\` or answers a call with
it. \`gpt-4o\` is confirmed by the answer \`gpt-4o-2024-08-06\`, a LoRA adapter of vLLM by its own name. If an engine answers with any
model that is requested, clients choose the label values, up to the limit of 100 models with about 9,000 series.

**Provider.** For a host that the conventions do not list, it is the provider whose API the host implements: \`openai\`, or
\`anthropic\` for Messages. vLLM has no value in the conventions; \`server_address\` identifies it.

**Tools.** \`gen_ai_execute_tool_duration_seconds\` measures the same calls as \`tool_execution_duration_seconds\` of the group
[\`tool\`](#tool), by name instead of type.

**Other instrumentations**, such as \`@opentelemetry/instrumentation-openai\`, \`@ai-sdk/otel\` and OpenLLMetry, may record the same
quantities. After one of them has recorded a quantity at the global meter provider, under a name of any version, the group
\`genai\` stops recording it, so that a sum counts each call once; only calls that end before are counted twice. The log names the
instrumentation. \`VR_METRICS_GENAI_DUPLICATES=true\` records both.

**Latest names.** The names above are those of the semantic conventions 1.41, the last release that contains them. With
\`OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental\`, the metrics \`gen_ai.client.*\` and the counters of cached and
reasoning tokens have the latest names instead, which are still in development:

| In a scrape | Instrument | Kind | Unit | Labels | Description |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

/** Returns the text about the metrics of the group `process` that only scrapes have. */
function processInScrapes(): string {
  const rows = PROMETHEUS_PROCESS_METRICS.map((definition) => metricRow(definition, '', 'none'))
  return `These metrics exist only in a Prometheus scrape, under the names that generic dashboards use:

| In a scrape | Instrument | Kind | Unit | Labels | Description |
|---|---|---|---|---|---|
${rows.join('\n')}

${PROCESS_OF_WORKERS}`
}

function metricRow(
  definition: InstrumentDefinition,
  prefix: string,
  instrument = `\`${prefix}${definition.name}\``,
): string {
  const { name, kind, unit, attributes, description } = definition
  const isScraped = !OTEL_ONLY_PROCESS_METRICS.includes(name)
  const scraped = isScraped
    ? `\`${prometheusMetricName({ name: prefix + name, unit, kind })}\``
    : `push only${SCRAPED_INSTEAD[name] ?? ''}`
  const labels = attributes.map((attribute) => `\`${attribute.name}\``).join(', ') || 'none'
  return `| ${[scraped, instrument, typeOf(definition), `\`${unit}\``, labels, description].join(' | ')} |`
}

/** Metrics of a scrape that replace an instrument which is only pushed, by the name of the instrument. */
const SCRAPED_INSTEAD: Readonly<Record<string, string>> = {
  'process.unix.file_descriptor.count': '; a scrape has `process_open_fds`',
}

function typeOf({ kind, buckets, merge }: InstrumentDefinition): string {
  if (buckets !== undefined) return `${kind}, ${buckets.toUpperCase()} buckets`
  return merge === undefined ? kind : `${kind.replaceAll('_', '-')}, \`${merge}\``
}

import { CATALOG, type InstrumentDefinition } from '@vr/otel-instruments'

/** Text of `docs/metrics.md` about the group `llama_stack` and metric events. */
export function aboutLlamaStack(): string {
  return `For dashboards of llama-stack. \`VR_METRICS_LLAMA_STACK_PREFIX=ogx\` selects the names of OGX, its later name. Differences from
llama-stack:

- \`api\` is derived from the route: the first segment after the version, so that \`/v1/chat/completions\` has \`chat\`. llama-stack derives
  it from the handler, and has \`inference\` for this route. Requests without a route have \`unknown\`; set
  [\`VR_METRICS_ROUTES\`](configuration.md) for an application without a framework. Concurrent requests have the \`api\` of their
  path, because a request that arrives has no route yet.
- llama-stack also has the label \`method\`, the name of a Python function, which does not exist here.
- A stream that its client aborts or that its engine cuts off has the status \`error\`. llama-stack counts it as \`success\`.
- The buckets are in seconds. Those of llama-stack are the default ones of its SDK, which are for milliseconds.
- The names that OTLP transfers have no \`_total\` and \`_seconds\`. A scrape, of this process or of a Collector, adds them.

The APIs are: ${apis()}.

### Metric events

The measurements of each request can be received as events, in the form of llama-stack's metric events. The group \`llama_stack\` need
not be enabled. \`VR_METRIC_EVENTS\` writes them as JSON lines to a file, or with \`console\` to stderr:

\`\`\`json
{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","timestamp":"2026-11-22T07:10:44.138000Z","attributes":{"api":"chat","status":"200"},"type":"metric","metric":"llama_stack_requests_total","value":1,"unit":"requests"}
\`\`\`

In code, subscribe to the diagnostics channel:

\`\`\`ts
import { subscribe } from 'node:diagnostics_channel'
import type { MetricEvent } from '@vr/otel'

subscribe('vr.otel.metric_event', (message) => {
  const { metric, value, attributes } = message as MetricEvent
})
\`\`\`

- A request has three events after its response or stream has ended: \`llama_stack_requests_total\` with 1,
  \`llama_stack_request_duration_seconds\`, and \`llama_stack_concurrent_requests\` with the number of requests of this API in
  progress, including this one. Only requests that arrive while the channel has a subscriber are counted and have events; without a subscriber
  nothing is computed.
- The attribute \`status\` is the status code. \`trace_id\` and \`span_id\` are those of the request, sampled or not, and empty
  without tracing.
- Writing never blocks the event loop. At most 1 MiB waits to be written. If the disk is full or the file cannot be opened, events
  are dropped, the log reports it once, and writing is tried again each second. \`vr_otel_metric_events_dropped_total\` counts the dropped ones.
- To rotate the file, rename it: a new file is opened within a second of the next event. \`copytruncate\` works too.
- Each process and worker thread of an application writes its own events, and may share the file: lines are appended whole.
`
}

function apis(): string {
  const definitions: readonly InstrumentDefinition[] = CATALOG.llama_stack
  const values = definitions[0]?.attributes.find(({ name }) => name === 'api')?.values ?? []
  return values.map((value) => `\`${value}\``).join(', ')
}

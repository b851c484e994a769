import { boolean, integer, oneOf, ratio } from './codecs.ts'
import { BAGGAGE_OF_PROPAGATORS, PROPAGATORS, SAMPLER } from './fallbacks.ts'
import { names, someOrNone } from './list-codecs.ts'
import { setting } from './setting.ts'

/** Settings of tracing. */
export const TRACING_SETTINGS = {
  tracingEnabled: setting({
    key: 'VR_TRACING_ENABLED',
    codec: boolean,
    default: false,
    description:
      '`true`: creates spans of requests and of outgoing calls and sends them over OTLP. Metrics then have exemplars.',
  }),
  sampleRatio: setting({
    key: 'VR_TRACING_SAMPLE_RATIO',
    fallbacks: [{ key: 'OTEL_TRACES_SAMPLER', companion: 'OTEL_TRACES_SAMPLER_ARG', codec: SAMPLER }],
    codec: ratio,
    default: 0.01,
    description:
      'Ratio of new traces that are sampled. A trace that a caller started keeps the sampling decision of the caller.',
  }),
  trustsParent: setting({
    key: 'VR_TRACING_TRUST_PARENT',
    codec: boolean,
    default: true,
    description:
      '`false`: the sampling decision of a caller is ignored. Each request starts a new trace, sampled by the ratio, with a link to the trace of the caller.',
  }),
  redactedParameters: setting({
    key: 'VR_TRACING_REDACT',
    codec: names,
    default: [],
    description:
      'Additional query parameters whose values are replaced by `REDACTED` on spans. Case, `-` and `_` in names are ignored.',
  }),
  baggageKeys: setting({
    key: 'VR_TRACING_BAGGAGE',
    fallbacks: [{ key: 'OTEL_PROPAGATORS', codec: BAGGAGE_OF_PROPAGATORS }],
    codec: names,
    default: [],
    description:
      'Keys of W3C baggage that are sent with outgoing calls, `*` for all. Unset: all if `OTEL_PROPAGATORS` lists `baggage`, otherwise none.',
  }),
  websocketTracing: setting({
    key: 'VR_TRACING_WEBSOCKET',
    codec: oneOf('handshake', 'turns', 'off'),
    default: 'turns',
    description:
      '`turns`: a WebSocket has a span of its handshake, and an LLM session also a span of each turn. `handshake`: the first of these only. `off`: a WebSocket is not sampled, as an excluded path; its trace id is still sent with outgoing calls and appears in logs.',
  }),
  mcpMeta: setting({
    key: 'VR_TRACING_MCP_META',
    codec: boolean,
    default: true,
    description:
      '`true`: MCP requests and notifications carry the trace in `params._meta`, as `traceparent` and `tracestate`, and received requests continue it. `false`: their `_meta` is neither changed nor read.',
  }),
  capturesContent: setting({
    key: 'VR_TRACING_CAPTURE_CONTENT',
    codec: boolean,
    default: false,
    description:
      '`true`: the span of a call to an engine has its prompts, outputs and tool arguments, up to 64 kB each. They may contain personal data and secrets.',
  }),
  propagators: setting({
    key: 'OTEL_PROPAGATORS',
    codec: PROPAGATORS,
    default: ['tracecontext'],
    description:
      '`tracecontext`: the trace of a caller is continued, and outgoing calls have `traceparent`. Without it every request starts a new trace and outgoing calls have no `traceparent`. `baggage`: all baggage is sent with outgoing calls, unless `VR_TRACING_BAGGAGE` is set.',
  }),
  tracesExporter: setting({
    key: 'OTEL_TRACES_EXPORTER',
    codec: someOrNone('otlp'),
    default: ['otlp'],
    description: '`none`: spans are created for propagation, logs and exemplars, but not sent.',
  }),
  spanDelay: setting({
    key: 'OTEL_BSP_SCHEDULE_DELAY',
    codec: integer(0, 3_600_000),
    default: 5000,
    description: 'Maximum delay before a batch of spans is sent, in milliseconds.',
  }),
  spanQueueSize: setting({
    key: 'OTEL_BSP_MAX_QUEUE_SIZE',
    codec: integer(1, 1_000_000),
    default: 2048,
    description: 'Maximum number of spans in the queue. Further spans are dropped.',
  }),
  spanBatchSize: setting({
    key: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    codec: integer(1, 1_000_000),
    default: 512,
    description: 'Maximum number of spans in a batch.',
  }),
}

import { boolean, integer, names, ratio, someOrNone } from './codecs.ts'
import { BAGGAGE_OF_PROPAGATORS, PROPAGATORS, SAMPLER } from './fallbacks.ts'
import { setting } from './setting.ts'

/** Settings of tracing. */
export const TRACING_SETTINGS = {
  tracingEnabled: setting({
    key: 'VR_TRACING_ENABLED',
    kind: boolean,
    default: false,
    meaning:
      '`true`: spans of requests and of outgoing calls are made and sent over OTLP, and metrics have exemplars.',
  }),
  sampleRatio: setting({
    key: 'VR_TRACING_SAMPLE_RATIO',
    fallbacks: [{ key: 'OTEL_TRACES_SAMPLER', companion: 'OTEL_TRACES_SAMPLER_ARG', kind: SAMPLER }],
    kind: ratio,
    default: 0.01,
    meaning:
      'Ratio of new traces that are sampled. A trace that a caller started keeps the sampling decision of the caller.',
  }),
  trustsParent: setting({
    key: 'VR_TRACING_TRUST_PARENT',
    kind: boolean,
    default: true,
    meaning:
      '`false`: the sampling decision of a caller is ignored. Each request starts a new trace, sampled by the ratio, with a link to the trace of the caller.',
  }),
  redactedParameters: setting({
    key: 'VR_TRACING_REDACT',
    kind: names,
    default: [],
    meaning:
      'Additional query parameters whose values are replaced by `REDACTED` on spans. Case, `-` and `_` in names are ignored.',
  }),
  baggageKeys: setting({
    key: 'VR_TRACING_BAGGAGE',
    fallbacks: [{ key: 'OTEL_PROPAGATORS', kind: BAGGAGE_OF_PROPAGATORS }],
    kind: names,
    default: [],
    meaning:
      'Keys of W3C baggage that are sent upstream, `*` for all. Unset: all if `OTEL_PROPAGATORS` lists `baggage`, otherwise none.',
  }),
  propagators: setting({
    key: 'OTEL_PROPAGATORS',
    kind: PROPAGATORS,
    default: ['tracecontext'],
    meaning:
      '`tracecontext`: the trace of a caller is continued and sent upstream. Without it every request starts a new trace and outgoing calls have no `traceparent`. `baggage`: all baggage is sent upstream, unless `VR_TRACING_BAGGAGE` is set.',
  }),
  tracesExporter: setting({
    key: 'OTEL_TRACES_EXPORTER',
    kind: someOrNone('otlp'),
    default: ['otlp'],
    meaning: '`none`: spans are made for propagation, logs and exemplars, but not sent.',
  }),
  spanDelay: setting({
    key: 'OTEL_BSP_SCHEDULE_DELAY',
    kind: integer(0, 3_600_000),
    default: 5000,
    meaning: 'Maximum delay before a batch of spans is sent, in milliseconds.',
  }),
  spanQueueSize: setting({
    key: 'OTEL_BSP_MAX_QUEUE_SIZE',
    kind: integer(1, 1_000_000),
    default: 2048,
    meaning: 'Maximum number of spans in the queue. Further spans are dropped.',
  }),
  spanBatchSize: setting({
    key: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    kind: integer(1, 1_000_000),
    default: 512,
    meaning: 'Maximum number of spans in a batch.',
  }),
}

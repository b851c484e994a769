import { boolean, integer, names, ratio, someOrNone } from './codecs.ts'
import { BAGGAGE_OF_PROPAGATORS, PROPAGATORS, SAMPLER } from './fallbacks.ts'
import { setting } from './setting.ts'

/** Settings of tracing. */
export const TRACING_SETTINGS = {
  tracingEnabled: setting({
    key: 'VR_TRACING_ENABLED',
    kind: boolean,
    default: false,
    meaning: 'Spans of requests and of calls to the engine, sent as OTLP; and with them exemplars.',
  }),
  sampleRatio: setting({
    key: 'VR_TRACING_SAMPLE_RATIO',
    fallbacks: [{ key: 'OTEL_TRACES_SAMPLER', companion: 'OTEL_TRACES_SAMPLER_ARG', kind: SAMPLER }],
    kind: ratio,
    default: 0.01,
    meaning:
      'Share of the traces begun here that are sampled; a trace that a caller began keeps the decision of the caller.',
  }),
  trustsParent: setting({
    key: 'VR_TRACING_TRUST_PARENT',
    kind: boolean,
    default: true,
    meaning:
      '`false`: what a caller says of its trace is not obeyed; a new one begins, decided by the ratio, with a link to it.',
  }),
  redactedParameters: setting({
    key: 'VR_TRACING_REDACT',
    kind: names,
    default: [],
    meaning:
      'More query parameters whose values are `REDACTED` on spans; names are compared without regard to case, `-` and `_`.',
  }),
  baggageKeys: setting({
    key: 'VR_TRACING_BAGGAGE',
    fallbacks: [{ key: 'OTEL_PROPAGATORS', kind: BAGGAGE_OF_PROPAGATORS }],
    kind: names,
    default: [],
    meaning:
      'Entries of the W3C baggage that are sent upstream, `*` for all. Unset: all where `OTEL_PROPAGATORS` names `baggage`, else none.',
  }),
  propagators: setting({
    key: 'OTEL_PROPAGATORS',
    kind: PROPAGATORS,
    default: ['tracecontext'],
    meaning:
      '`tracecontext`: the trace of a caller is continued and sent upstream; without it every request begins a trace, and calls carry no `traceparent`. `baggage`: see `VR_TRACING_BAGGAGE`, which wins.',
  }),
  tracesExporter: setting({
    key: 'OTEL_TRACES_EXPORTER',
    kind: someOrNone('otlp'),
    default: ['otlp'],
    meaning: '`none`: spans are made, for propagation, logs and exemplars, and none is sent.',
  }),
  spanDelay: setting({
    key: 'OTEL_BSP_SCHEDULE_DELAY',
    kind: integer(0, 3_600_000),
    default: 5000,
    meaning: 'How long spans may wait to be sent together, in milliseconds.',
  }),
  spanQueueSize: setting({
    key: 'OTEL_BSP_MAX_QUEUE_SIZE',
    kind: integer(1, 1_000_000),
    default: 2048,
    meaning: 'How many spans may wait; what comes then is dropped.',
  }),
  spanBatchSize: setting({
    key: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    kind: integer(1, 1_000_000),
    default: 512,
    meaning: 'How many spans are sent together at most.',
  }),
}

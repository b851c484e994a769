import { fromEndpoint, OTLP_GRPC_PORT, SAMPLER } from './fallbacks.ts'
import { boolean, host, integer, names, pairs, ratio } from './kinds.ts'
import { setting } from './setting.ts'

/** Settings of tracing, and of the collector that telemetry is sent to. */
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
  baggageKeys: setting({
    key: 'VR_TRACING_BAGGAGE',
    kind: names,
    default: [],
    meaning: 'Entries of the W3C baggage that are sent upstream, `*` for all; none are unless named.',
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
  otlpHost: setting({
    key: 'VR_OPENTELEMETRY_HOST',
    fallbacks: fromEndpoint(({ host }) => host),
    kind: host,
    default: 'localhost',
    meaning: 'Host of the collector (vllm-responses uses `otel-collector`).',
  }),
  otlpPort: setting({
    key: 'VR_OPENTELEMETRY_PORT',
    fallbacks: fromEndpoint(({ port }) => port ?? OTLP_GRPC_PORT),
    kind: integer(1, 65_535),
    default: OTLP_GRPC_PORT,
    meaning: 'Port of the collector, for OTLP over gRPC.',
  }),
  otlpInsecure: setting({
    key: 'VR_OPENTELEMETRY_INSECURE',
    fallbacks: fromEndpoint(({ insecure }) => insecure),
    kind: boolean,
    default: true,
    meaning: '`false`: TLS, with the certificates of the system.',
  }),
  otlpHeaders: setting({
    key: 'VR_OPENTELEMETRY_HEADERS',
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS' }, { key: 'OTEL_EXPORTER_OTLP_HEADERS' }],
    kind: pairs,
    default: {},
    secret: true,
    meaning: 'Headers of every export, `key=value` pairs separated by commas, values percent-encoded.',
  }),
}

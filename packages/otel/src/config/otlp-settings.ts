import { boolean, host, integer, oneOf, text, urlPath } from './codecs.ts'
import { fromEndpoint } from './fallbacks.ts'
import { headers } from './headers.ts'
import { setting, signalSetting } from './setting.ts'

/** Placeholder for the port of an endpoint without one: the default of its protocol or scheme is used. */
export const NO_PORT = 0

/** Settings of OTLP export and of pushed metrics. */
export const OTLP_SETTINGS = {
  otlpHost: signalSetting({
    key: 'VR_OPENTELEMETRY_HOST',
    ...fromEndpoint(({ host }) => host),
    codec: host,
    default: 'localhost',
    description:
      'Host of the collector for spans and pushed metrics (vllm-responses uses `otel-collector`). If the host, the port, the protocol or `VR_OPENTELEMETRY_INSECURE` is set, every `OTEL_EXPORTER_OTLP_*ENDPOINT` is ignored and a warning is logged.',
  }),
  otlpPort: signalSetting<number>({
    key: 'VR_OPENTELEMETRY_PORT',
    ...fromEndpoint(({ port }) => port ?? NO_PORT),
    codec: integer(1, 65_535),
    default: undefined,
    description: 'Port of the collector. Unset: 4317 for gRPC, 4318 for HTTP.',
  }),
  otlpPath: signalSetting({
    key: 'VR_OPENTELEMETRY_PATH',
    ...fromEndpoint(({ path }) => path),
    codec: urlPath,
    default: '/v1/{signal}',
    description: 'Request path for OTLP over HTTP. `{signal}` is replaced by `traces` or `metrics`.',
  }),
  otlpProtocol: signalSetting({
    key: 'VR_OPENTELEMETRY_PROTOCOL',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_PROTOCOL' },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_PROTOCOL' }],
    codec: oneOf('grpc', 'http/protobuf', 'http/json'),
    default: 'grpc',
    description: 'Transport and encoding of OTLP.',
  }),
  otlpInsecure: signalSetting({
    key: 'VR_OPENTELEMETRY_INSECURE',
    ...fromEndpoint(({ insecure }) => insecure),
    codec: boolean,
    default: true,
    description:
      '`false`: connect with TLS. The certificate authorities of Node are trusted, or those in `VR_OPENTELEMETRY_CA_FILE`.',
  }),
  otlpCaFile: signalSetting<string>({
    key: 'VR_OPENTELEMETRY_CA_FILE',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_CERTIFICATE' },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_CERTIFICATE' }],
    codec: text,
    default: undefined,
    description: 'PEM file with the certificate authorities to trust.',
  }),
  otlpCertFile: signalSetting<string>({
    key: 'VR_OPENTELEMETRY_CERT_FILE',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_CLIENT_CERTIFICATE' },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE' }],
    codec: text,
    default: undefined,
    description: 'PEM file with the client certificate, for a collector that requires one.',
  }),
  otlpKeyFile: signalSetting<string>({
    key: 'VR_OPENTELEMETRY_KEY_FILE',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_CLIENT_KEY' },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_CLIENT_KEY' }],
    codec: text,
    default: undefined,
    description: 'PEM file with the private key of the client certificate.',
  }),
  otlpHeaders: signalSetting({
    key: 'VR_OPENTELEMETRY_HEADERS',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_HEADERS' },
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_HEADERS' }],
    codec: headers,
    default: {},
    secret: true,
    description:
      'Headers of every export request. Headers that describe or frame the request (`content-type`, `connection`, `te`, …) are rejected and named in the log.',
  }),
  otlpTimeout: signalSetting({
    key: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_TIMEOUT' },
    codec: integer(1, 3_600_000),
    default: 10_000,
    description: 'Time limit of one request to the collector, in milliseconds.',
  }),
  otlpCompression: signalSetting({
    key: 'OTEL_EXPORTER_OTLP_COMPRESSION',
    signalFallback: { key: 'OTEL_EXPORTER_OTLP_SIGNAL_COMPRESSION' },
    codec: oneOf('none', 'gzip'),
    default: 'none',
    description: 'Compression of requests to the collector.',
  }),
  exportInterval: setting({
    key: 'VR_METRICS_EXPORT_INTERVAL_MS',
    fallbacks: [{ key: 'OTEL_METRIC_EXPORT_INTERVAL' }],
    codec: integer(10, 86_400_000),
    default: 60_000,
    description: 'Interval between two pushes of metrics (`otlp`, `console`), in milliseconds.',
  }),
  temporality: setting({
    key: 'VR_METRICS_TEMPORALITY',
    fallbacks: [{ key: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE' }],
    codec: oneOf('cumulative', 'delta', 'lowmemory'),
    default: 'cumulative',
    description:
      'Aggregation temporality of metrics pushed over OTLP. `delta`: delta for everything except up-down counters. `lowmemory`: delta for synchronous counters and histograms only.',
  }),
}

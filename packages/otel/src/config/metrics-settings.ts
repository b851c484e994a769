import { CATALOG, DEFAULT_BUCKETS, DEFAULT_GROUPS, type Group, KNOWN_METHODS } from '@vr/otel-instruments'
import {
  boolean,
  bucketBounds,
  host,
  integer,
  labels,
  namePrefix,
  names,
  oneOf,
  port,
  selection,
  someOf,
  text,
  urlPath,
  urlPaths,
} from './codecs.ts'
import { setting } from './setting.ts'

const GROUPS = Object.keys(CATALOG) as Group[]

/** Settings of metrics and of where they are answered. */
export const METRICS_SETTINGS = {
  metricsEnabled: setting({
    key: 'VR_METRICS_ENABLED',
    kind: boolean,
    default: true,
    meaning: '`false`: nothing is recorded or wrapped, and there is no endpoint.',
  }),
  metricsExporter: setting({
    key: 'VR_METRICS_EXPORTER',
    fallbacks: [{ key: 'OTEL_METRICS_EXPORTER' }],
    kind: someOf('prometheus', 'otlp', 'console', 'none'),
    default: ['prometheus'],
    meaning:
      'Where metrics go, one or several: `prometheus` is the pull endpoint, `otlp` pushes to the collector, `console` prints for people, on stderr.',
  }),
  metricsPath: setting({
    key: 'VR_METRICS_PATH',
    kind: urlPath,
    default: '/metrics',
    meaning:
      'Path of the pull endpoint. On the server that answers it, an own route of that path is not reached.',
  }),
  metricsPort: setting<number>({
    key: 'VR_METRICS_PORT',
    fallbacks: [{ key: 'OTEL_EXPORTER_PROMETHEUS_PORT' }],
    kind: port,
    default: undefined,
    meaning:
      "Unset: the application's own HTTP server answers. A number: a listener of its own, opened when the application's first HTTP server listens (with `startOtel`: at once).",
  }),
  metricsServerPort: setting<number>({
    key: 'VR_METRICS_SERVER_PORT',
    kind: port,
    default: undefined,
    meaning:
      'Which HTTP server of the application answers, by its port. Unset: the first one on TCP that listens in the main thread.',
  }),
  metricsHost: setting({
    key: 'VR_METRICS_HOST',
    fallbacks: [{ key: 'OTEL_EXPORTER_PROMETHEUS_HOST' }],
    kind: host,
    default: '127.0.0.1',
    meaning: 'Address of the listener of its own; in a container `0.0.0.0`.',
  }),
  metricsToken: setting<string>({
    key: 'VR_METRICS_TOKEN',
    kind: text,
    default: undefined,
    secret: true,
    meaning: 'If set, a scrape needs `Authorization: Bearer` with this token, and gets 401 otherwise.',
  }),
  metricsPrefix: setting({
    key: 'VR_METRICS_PREFIX',
    kind: namePrefix,
    default: 'vllm_responses',
    meaning: 'First part of the names of the gateway metrics.',
  }),
  metricsGroups: setting<readonly Group[]>({
    key: 'VR_METRICS_GROUPS',
    kind: selection(GROUPS, DEFAULT_GROUPS),
    default: DEFAULT_GROUPS,
    meaning: 'Which groups of metrics are recorded.',
  }),
  knownMethods: setting({
    key: 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS',
    kind: names,
    default: KNOWN_METHODS,
    meaning: 'Methods that are labels as they are, case-sensitive; every other one is `_OTHER`.',
  }),
  bucketsHttp: setting({
    key: 'VR_METRICS_BUCKETS_HTTP',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.http,
    meaning: 'Bucket bounds of request durations, in seconds.',
  }),
  bucketsSse: setting({
    key: 'VR_METRICS_BUCKETS_SSE',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.sse,
    meaning: 'Bucket bounds of stream durations, in seconds.',
  }),
  bucketsTool: setting({
    key: 'VR_METRICS_BUCKETS_TOOL',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.tool,
    meaning: 'Bucket bounds of tool durations, in seconds.',
  }),
  bucketsTtfe: setting({
    key: 'VR_METRICS_BUCKETS_TTFE',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.ttfe,
    meaning: 'Bucket bounds of the time to the first event of a stream, in seconds.',
  }),
  bucketsGap: setting({
    key: 'VR_METRICS_BUCKETS_GAP',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.gap,
    meaning: 'Bucket bounds of the time between two events of a stream, in seconds.',
  }),
  bucketsSemconv: setting({
    key: 'VR_METRICS_BUCKETS_SEMCONV',
    kind: bucketBounds,
    default: DEFAULT_BUCKETS.semconv,
    meaning: 'Bucket bounds of the durations of the group `http_semconv`, in seconds.',
  }),
  cardinalityLimit: setting({
    key: 'VR_METRICS_CARDINALITY_LIMIT',
    kind: integer(1, 1_000_000),
    default: 2000,
    meaning:
      'Series an instrument has; what comes after is counted in one series more, `otel_metric_overflow="true"`.',
  }),
  constLabels: setting({
    key: 'VR_METRICS_CONST_LABELS',
    kind: labels,
    default: {},
    meaning:
      'Labels that every series of a scrape has; attributes of the resource in everything that is pushed.',
  }),
  excludedPaths: setting({
    key: 'VR_METRICS_EXCLUDED_PATHS',
    kind: urlPaths,
    default: [
      '/health',
      '/live',
      '/ready',
      '/docs',
      '/redoc',
      '/openapi.json',
      '/public/docs',
      '/public/redoc',
      '/public/openapi.json',
      '/favicon.ico',
      '/static',
    ],
    meaning:
      'Paths that are neither measured nor traced, and everything below them. A value replaces the list; the paths of metrics and health are always on it.',
  }),
  scopeLabels: setting({
    key: 'VR_METRICS_SCOPE_LABELS',
    kind: boolean,
    default: false,
    meaning: '`otel_scope_*` labels on the gateway metrics too; series of other scopes always have them.',
  }),
  created: setting({
    key: 'VR_METRICS_CREATED',
    kind: boolean,
    default: false,
    meaning: '`_created` series, with the time that a series began.',
  }),
  exemplars: setting({
    key: 'VR_METRICS_EXEMPLARS',
    fallbacks: [{ key: 'OTEL_METRICS_EXEMPLAR_FILTER' }],
    kind: oneOf('trace_based', 'always_on', 'always_off'),
    default: 'trace_based',
    meaning: 'Which measurements may become exemplars. There are none while tracing is off.',
  }),
  exemplarAttributes: setting({
    key: 'VR_METRICS_EXEMPLAR_ATTRIBUTES',
    kind: names,
    default: [],
    meaning:
      'Attributes that a view removes from series and exemplars may still show. The endpoint is open: name nothing private.',
  }),
}

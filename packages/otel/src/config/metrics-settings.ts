import { CATALOG, DEFAULT_GROUPS, type Group, KNOWN_METHODS } from '@vr/otel-instruments'
import { BUCKET_SETTINGS } from './bucket-settings.ts'
import { boolean, eventDestination, host, integer, namePrefix, oneOf, port, text, urlPath } from './codecs.ts'
import { names, pathTemplates, selection, someOf, urlPaths } from './list-codecs.ts'
import { labels, patternLabels } from './pair-codecs.ts'
import { setting } from './setting.ts'

const GROUPS = Object.keys(CATALOG) as Group[]

/** Settings of metrics and of the metrics endpoint. */
export const METRICS_SETTINGS = {
  metricsEnabled: setting({
    key: 'VR_METRICS_ENABLED',
    codec: boolean,
    default: true,
    description:
      '`false`: no metrics are recorded, nothing is wrapped for them, and there is no metrics endpoint.',
  }),
  metricsExporter: setting({
    key: 'VR_METRICS_EXPORTER',
    fallbacks: [{ key: 'OTEL_METRICS_EXPORTER' }],
    codec: someOf('prometheus', 'otlp', 'console', 'none'),
    default: ['prometheus'],
    description:
      'One or more exporters: `prometheus` serves the metrics endpoint, `otlp` pushes to the collector, `console` prints readable text on stderr.',
  }),
  metricsPath: setting({
    key: 'VR_METRICS_PATH',
    codec: urlPath,
    default: '/metrics',
    description:
      'Path of the metrics endpoint. It takes precedence over a route of the application with the same path on that server.',
  }),
  metricsPort: setting<number>({
    key: 'VR_METRICS_PORT',
    fallbacks: [{ key: 'OTEL_EXPORTER_PROMETHEUS_PORT' }],
    codec: port,
    default: undefined,
    description:
      'Port of a standalone metrics server. It opens when the first HTTP server of the application listens; with `startOtel`, immediately. Unset: the HTTP server of the application answers.',
  }),
  metricsServerPort: setting<number>({
    key: 'VR_METRICS_SERVER_PORT',
    codec: port,
    default: undefined,
    description:
      'Port of the HTTP server of the application that has the metrics endpoint. Unset: the first TCP server that listens, of the main thread if it has one.',
  }),
  metricsHost: setting({
    key: 'VR_METRICS_HOST',
    fallbacks: [{ key: 'OTEL_EXPORTER_PROMETHEUS_HOST' }],
    codec: host,
    default: '127.0.0.1',
    description: 'Address of the standalone metrics server. Use `0.0.0.0` in a container.',
  }),
  metricsToken: setting<string>({
    key: 'VR_METRICS_TOKEN',
    codec: text,
    default: undefined,
    secret: true,
    description: 'Bearer token that a scrape must send in `Authorization`. Without it the answer is 401.',
  }),
  metricsPrefix: setting({
    key: 'VR_METRICS_PREFIX',
    codec: namePrefix,
    default: 'vllm_responses',
    description: 'Prefix of the names of the gateway metrics.',
  }),
  llamaStackPrefix: setting({
    key: 'VR_METRICS_LLAMA_STACK_PREFIX',
    codec: namePrefix,
    default: 'llama_stack',
    description:
      'Prefix of the names of the group [`llama_stack`](metrics.md#llama_stack-off-by-default) and of [metric events](metrics.md#metric-events). Dashboards of OGX, the later name of llama-stack, need `ogx`.',
  }),
  metricsGroups: setting<readonly Group[]>({
    key: 'VR_METRICS_GROUPS',
    codec: selection(GROUPS, DEFAULT_GROUPS),
    default: DEFAULT_GROUPS,
    description: 'The groups of metrics to record.',
  }),
  semconvOptIn: setting({
    key: 'OTEL_SEMCONV_STABILITY_OPT_IN',
    codec: names,
    default: [],
    description:
      'With `gen_ai_latest_experimental`, the metrics of the group `genai` have [the latest names](metrics.md#genai) of the semantic conventions, which have no release yet. Other values have no effect.',
  }),
  genAiDuplicates: setting({
    key: 'VR_METRICS_GENAI_DUPLICATES',
    codec: boolean,
    default: false,
    description:
      '`true`: the group `genai` also records what [another instrumentation](metrics.md#genai) records. A sum over all series then counts each call twice.',
  }),
  knownMethods: setting({
    key: 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS',
    codec: names,
    default: KNOWN_METHODS,
    description:
      'Request methods that may be label values, case-sensitive. Every other method becomes `_OTHER`.',
  }),
  ...BUCKET_SETTINGS,
  cardinalityLimit: setting({
    key: 'VR_METRICS_CARDINALITY_LIMIT',
    codec: integer(1, 1_000_000),
    default: 2000,
    description:
      'Maximum number of series of an instrument. Further series are counted in one overflow series, `otel_metric_overflow="true"`.',
  }),
  constLabels: setting({
    key: 'VR_METRICS_CONST_LABELS',
    codec: labels,
    default: {},
    description: 'Labels of every series in a scrape. Pushed telemetry has them as resource attributes.',
  }),
  excludedPaths: setting({
    key: 'VR_METRICS_EXCLUDED_PATHS',
    codec: urlPaths,
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
    description:
      'Paths that are not measured or traced, including all paths below them. A value replaces the default list. The metrics path and the paths of the health endpoints are always excluded.',
  }),
  mcpServerLabels: setting({
    key: 'VR_MCP_SERVER_LABELS',
    codec: patternLabels,
    default: {},
    description:
      'Values of `server_label` for MCP servers that the application connects to. A pattern is compared with the command line (arguments separated by spaces), or with the URL without credentials and query; `*` matches any characters, the first pattern that matches decides. Without a match the label is the host of the URL, or the base name of the command or, behind a launcher such as `npx`, of its package or script.',
  }),
  routes: setting<readonly string[]>({
    key: 'VR_METRICS_ROUTES',
    codec: pathTemplates,
    default: undefined,
    description:
      'Path templates, such as `/v1/responses/{id}`, for requests without a route of a framework, or with one that ends with a wildcard. `default`: the paths of the OpenAI, vLLM, Anthropic and MCP APIs, which also apply if unset.',
  }),
  metricEvents: setting({
    key: 'VR_METRIC_EVENTS',
    codec: eventDestination,
    default: 'off',
    description:
      'Where [metric events](metrics.md#metric-events) are written, three JSON lines for each request: `console` writes them to stderr, a path to a file. Nothing is opened before the first event.',
  }),
  scopeLabels: setting({
    key: 'VR_METRICS_SCOPE_LABELS',
    codec: boolean,
    default: false,
    description:
      '`true`: the gateway metrics have `otel_scope_*` labels. Series of other scopes always have them.',
  }),
  created: setting({
    key: 'VR_METRICS_CREATED',
    codec: boolean,
    default: false,
    description: '`true`: OpenMetrics scrapes include `_created` series, with the start time of each series.',
  }),
  includesPromClient: setting({
    key: 'VR_METRICS_INCLUDE_PROM_CLIENT',
    codec: boolean,
    default: false,
    description:
      '`true`: scrapes also have the metrics in the default registry of `prom-client` or `@prometheus-io/client`, if the application loads it. A metric with a name of ours is not exposed. With several workers, the values are merged as the option `aggregator` of each metric says.',
  }),
  exemplars: setting({
    key: 'VR_METRICS_EXEMPLARS',
    fallbacks: [{ key: 'OTEL_METRICS_EXEMPLAR_FILTER' }],
    codec: oneOf('trace_based', 'always_on', 'always_off'),
    default: 'trace_based',
    description:
      'Which measurements may become exemplars. Exemplars need spans: ours (`VR_TRACING_ENABLED`) or those of the SDK of the application.',
  }),
  exemplarAttributes: setting({
    key: 'VR_METRICS_EXEMPLAR_ATTRIBUTES',
    codec: names,
    default: [],
    description:
      'Attributes removed by a view that exemplars may still show. The endpoint has no authentication by default: list no private data.',
  }),
}

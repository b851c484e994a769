import { expect, it } from 'vitest'

it.each<[string, string[]]>([
  [
    '@vr/otel',
    [
      'healthHandler',
      'logTraceIds',
      'metricsHandler',
      'observeMcpStartup',
      'observeToolCall',
      'recordToolCallRequested',
      'setRoute',
      'setStreamOutcome',
      'startOtel',
    ],
  ],
  [
    '@vr/otel-instruments',
    [
      'CATALOG',
      'DEFAULT_BUCKETS',
      'DEFAULT_GROUPS',
      'GROUPS_WITHOUT_PREFIX',
      'GatewayInstruments',
      'KNOWN_METHODS',
      'NOOP_MCP_TRACER',
      'NOOP_TRACER',
      'RequestObservation',
      'SCOPE_NAME',
      'STREAM_OUTCOMES',
      'UNMATCHED_ROUTE',
      'describeRequestSpan',
      'describeTurnSpan',
      'observeMcpStartup',
      'observeToolCall',
      'recordToolCallRequested',
      'setLogger',
      'setRoute',
      'setStreamOutcome',
      'toolTypeLabel',
    ],
  ],
  [
    '@vr/otel-instruments/adapters',
    [
      'CLIENT_PATCHES',
      'FRAMEWORKS',
      'FRAMEWORK_PATCHES',
      'MCP_PATCHES',
      'WEBSOCKET_PATCHES',
      'observeMcp',
      'observeNodeHttp',
      'observeProcess',
      'observePrometheusProcess',
    ],
  ],
  [
    '@vr/otel-instruments/internal',
    [
      'API_ROUTES',
      'BUCKET_FAMILIES',
      'DEFAULT_PORTS',
      'FRAMEWORK_PACKAGES',
      'LATEST_GENAI_DEFINITIONS',
      'OTEL_ONLY_PROCESS_METRICS',
      'PROMETHEUS_PROCESS_METRICS',
      'PrivateState',
      'boundedContent',
      'contextStorage',
      'endWrittenResponses',
      'errorTypeOf',
      'genAiQuantityOf',
      'guardVoid',
      'internalErrors',
      'isPathTemplate',
      'isPortWritten',
      'observationOf',
      'recordChunk',
      'sentHeader',
      'serverOfRequest',
      'startAll',
      'subscribeAll',
      'withContentCapture',
    ],
  ],
  [
    '@vr/otel-exporters',
    [
      'ConsoleMetricExporter',
      'DELIVERY_METRIC_DEFINITIONS',
      'DeliveryStats',
      'PeriodicReader',
      'PrometheusReader',
      'createMetricsServer',
      'createOtlpMetricExporter',
      'createOtlpSpanExporter',
      'createOtlpSpanProcessor',
      'isMetricsServer',
      'isReservedHeader',
      'observeDeliveryStats',
      'prometheusMetricName',
      'setLogger',
    ],
  ],
  [
    '@vr/otel-metrics',
    [
      'AlignedHistogramBucketExemplarReservoir',
      'MeterProvider',
      'NOT_SAMPLED',
      'SimpleFixedSizeExemplarReservoir',
      'setLogger',
    ],
  ],
  [
    '@vr/otel-metrics/internal',
    [
      'AGGREGATION',
      'CUMULATIVE',
      'DELTA',
      'EXPONENTIAL_HISTOGRAM_POINT',
      'GAUGE_POINT',
      'HISTOGRAM_POINT',
      'SUM_POINT',
      'TimeoutError',
      'UnavailableError',
      'clearInterval',
      'clearTimeout',
      'epochNow',
      'logger',
      'monotonicNow',
      'processClock',
      'processStart',
      'setImmediate',
      'setInterval',
      'setLogger',
      'setTimeout',
      'settleWithin',
      'withTimeout',
    ],
  ],
])('%s exports what is listed here, and nothing else', async (entry, names) => {
  expect(Object.keys(await import(entry)).sort()).toEqual(names)
})

it('can be loaded by require too', async () => {
  const { createRequire } = await import('node:module')
  const required = createRequire(import.meta.url)('@vr/otel')
  expect(Object.keys(required).sort()).toEqual(Object.keys(await import('@vr/otel')).sort())
})

it('passes calls through while telemetry is not started', async () => {
  const { observeMcpStartup, observeToolCall, recordToolCallRequested } = await import('@vr/otel')
  recordToolCallRequested('function')
  expect(observeToolCall('function', () => 1)).toBe(1)
  expect(await observeMcpStartup('files', async () => [])).toEqual([])
})

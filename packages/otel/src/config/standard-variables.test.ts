import { describe, expect, it } from 'vitest'
import { problemLines } from '../testing/problem-lines.ts'
import { NO_PORT } from './otlp-settings.ts'
import { printSettings } from './print-settings.ts'
import { readSettings } from './read-settings.ts'

/** Variables of other SDKs, which this package does not read. */
const OF_OTHERS = [
  'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL',
  'OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_INSECURE',
  'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
  'OTEL_EXPORTER_JAEGER_ENDPOINT',
  'OTEL_EXPORTER_JAEGER_AGENT_PORT',
  'OTEL_LOGS_EXPORTER',
  'OTEL_BSP_EXPORT_TIMEOUT',
  'OTEL_BLRP_SCHEDULE_DELAY',
  'OTEL_BLRP_MAX_QUEUE_SIZE',
  'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_METRIC_EXPORT_TIMEOUT',
  'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_SEMCONV_STABILITY_OPT_IN',
  'OTEL_CONFIG_FILE',
  'OTEL_EXPERIMENTAL_CONFIG_FILE',
  'OTEL_NODE_RESOURCE_DETECTORS',
  'OTEL_NODE_ENABLED_INSTRUMENTATIONS',
  'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
  'OTEL_PYTHON_LOG_LEVEL',
  'OTEL_GO_AUTO_TARGET_EXE',
  'OTEL_JAVAAGENT_ENABLED',
  'OTEL_DOTNET_AUTO_HOME',
  'OTEL_RESOURCE_ATTRIBUTES_POD_NAME',
  'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME',
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
  'OTEL_COLLECTOR_URL',
  'OTEL_ENABLED',
  'OTEL',
]

describe('standard variables', () => {
  it('are used if ours are unset', () => {
    const { settings, problems } = readSettings({
      OTEL_SERVICE_NAME: 'shop',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.internal',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9464',
      OTEL_METRICS_EXEMPLAR_FILTER: 'always_on',
    })
    expect(problems).toEqual([])
    expect(settings).toMatchObject({
      serviceName: 'shop',
      sampleRatio: 0.25,
      otlpHost: { traces: 'collector.internal', metrics: 'collector.internal' },
      otlpPort: { traces: NO_PORT, metrics: NO_PORT },
      otlpInsecure: { traces: false, metrics: false },
      metricsPort: 9464,
      exemplars: 'always_on',
    })
  })

  it.each([
    ['always_on', undefined, 1],
    ['always_off', undefined, 0],
    ['traceidratio', undefined, 1],
    ['parentbased_always_on', '0.1', 1],
  ])('OTEL_TRACES_SAMPLER=%s with %s sets the ratio %d', (sampler, argument, ratio) => {
    const environment = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument }
    expect(readSettings(environment)).toMatchObject({ settings: { sampleRatio: ratio }, problems: [] })
  })

  it.each([
    ['http://10.0.0.1:4000/path/', '10.0.0.1', 4000, true, '/path/v1/{signal}'],
    ['collector:4000', 'collector', 4000, true, '/v1/{signal}'],
    ['https://[::1]:4317', '[::1]', 4317, false, '/v1/{signal}'],
  ])(
    'OTEL_EXPORTER_OTLP_ENDPOINT=%s sets host, port, scheme and path',
    (endpoint, host, port, insecure, path) => {
      const both = (value: unknown) => ({ traces: value, metrics: value })
      expect(readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toMatchObject({
        settings: {
          otlpHost: both(host),
          otlpPort: both(port),
          otlpInsecure: both(insecure),
          otlpPath: both(path),
        },
        problems: [],
      })
    },
  )

  it('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT applies to metrics only, and its path is used unchanged', () => {
    const { settings } = readSettings({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://prometheus/api/v1/otlp/v1/metrics',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    })
    expect(settings).toMatchObject({
      otlpHost: { traces: 'collector', metrics: 'prometheus' },
      otlpPath: { traces: '/v1/{signal}', metrics: '/api/v1/otlp/v1/metrics' },
      otlpInsecure: { traces: true, metrics: false },
    })
    expect(printSettings(settings)).toMatchObject({
      VR_OPENTELEMETRY_HOST: 'collector (metrics: prometheus)',
      VR_OPENTELEMETRY_PROTOCOL: 'grpc',
    })
  })

  it('OTEL_EXPORTER_OTLP_INSECURE applies to an endpoint without a scheme', () => {
    const insecure = (endpoint: string) =>
      readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_INSECURE: 'false' }).settings
        .otlpInsecure.traces
    expect([insecure('collector:4317'), insecure('http://collector:4317')]).toEqual([false, true])
  })
})

describe('Booleans in standard variables', () => {
  it.each([
    ['true', true],
    ['TRUE', true],
    ['False', false],
  ])('OTEL_EXPORTER_OTLP_INSECURE=%s is valid', (text, insecure) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_INSECURE: text }
    const both = { traces: insecure, metrics: insecure }
    expect(readSettings(environment)).toMatchObject({ settings: { otlpInsecure: both }, problems: [] })
  })

  it.each(['1', 'yes', 'on', 'maybe'])(
    'OTEL_EXPORTER_OTLP_INSECURE=%s is reported and counts as false',
    (text) => {
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_INSECURE: text }
      expect(readSettings(environment).settings.otlpInsecure).toEqual({ traces: false, metrics: false })
      expect(problemLines(environment)).toEqual([
        `OTEL_EXPORTER_OTLP_INSECURE: got "${text}", expected true or false, using VR_OPENTELEMETRY_HOST=collector VR_OPENTELEMETRY_PORT=4317 VR_OPENTELEMETRY_PATH=/v1/{signal} VR_OPENTELEMETRY_INSECURE=false`,
      ])
    },
  )

  it('OTEL_SDK_DISABLED=1 is reported and counts as false', () => {
    expect(problemLines({ OTEL_SDK_DISABLED: '1' })).toEqual([
      'OTEL_SDK_DISABLED: got "1", expected true or false, using false',
    ])
  })
})

describe('a misspelled standard variable', () => {
  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPIONT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['OTEL_EXPORTER_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['OTEL_EXPORTER_OTLP_TRACE_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    ['OTEL_OTLP_EXPORTER_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
    ['OTEL_METRIC_EXPORTER', 'OTEL_METRICS_EXPORTER'],
    ['OTEL_METRICS_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_INTERVAL'],
    ['OTEL_TRACE_SAMPLER', 'OTEL_TRACES_SAMPLER'],
    ['OTEL_TRACES_SAMPLER_ARGS', 'OTEL_TRACES_SAMPLER_ARG'],
    ['OTEL_SERVICENAME', 'OTEL_SERVICE_NAME'],
    ['OTEL_PROPAGATOR', 'OTEL_PROPAGATORS'],
    ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHOD', 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    ['otel_service_name', 'OTEL_SERVICE_NAME'],
  ])('reports %s, and suggests %s', (key, suggestion) => {
    expect(readSettings({ [key]: 'sesame' }).problems).toEqual([{ type: 'unknown', key, suggestion }])
  })

  it.each(OF_OTHERS)('does not report %s, which other SDKs read', (key) => {
    expect(readSettings({ [key]: 'x' }).problems).toEqual([])
  })
})

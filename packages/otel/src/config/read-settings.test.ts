import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUCKET_SETTINGS } from './bucket-settings.ts'
import { NO_PORT } from './otlp-settings.ts'
import { PLANNED_SETTINGS } from './planned-settings.ts'
import { formatValue as describeValue, printSettings } from './print-settings.ts'
import { type Environment, readSettings } from './read-settings.ts'
import type { Setting } from './setting.ts'
import { type OtelOptions, SETTINGS } from './settings.ts'
import { OWNER_KEY } from './unknown-keys.ts'

const rows = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting<unknown>][]

describe('the table', () => {
  it('has every key once, and none that is only announced', () => {
    const keys = rows.map(([, { key }]) => key as string)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.filter((key) => PLANNED_SETTINGS.includes(key))).toEqual([])
  })

  it.each(rows)('%s takes its own default back', (_name, row) => {
    if (row.default === undefined) return
    const text = row.codec.format(row.default)
    if (text !== '') expect(row.codec.parse(text)).toEqual(row.default)
  })

  it.each(rows)('%s reads from its variable, before any other, and after code', (name, row) => {
    const given = SAMPLES[name]
    const inCode = row.codec.parse(given.code)
    const environment = { [row.key]: ` ${given.variable} ` }
    for (const { key } of row.fallbacks ?? []) Object.assign(environment, { [key]: 'nonsense://:' })
    expect(readSettings(environment).settings[name]).toEqual(wholeValue(row, row.codec.parse(given.variable)))
    expect(readSettings(environment, { [name]: inCode }).settings[name]).toEqual(wholeValue(row, inCode))
  })

  it.each(rows)('%s uses its default where the variable is blank', (name, row) => {
    expect(readSettings({ [row.key]: '  ' })).toEqual(readSettings({}))
    expect(readSettings({}).settings[name]).toEqual(wholeValue(row, row.default))
  })

  it.each(rows.filter(([, { signalFallback: bySignal }]) => bySignal !== undefined))(
    '%s reads the variable of a signal for that signal, before what is general, after ours',
    (name, row) => {
      const { variable, code } = SAMPLES[name]
      const isUrl = row.signalFallback?.key.endsWith('ENDPOINT')
      const own = isUrl ? 'https://own:1/own' : variable
      const general = isUrl ? 'http://general:2/base' : code
      const key = row.signalFallback?.key.replace('SIGNAL_', 'METRICS_') ?? ''
      const environment = { [key]: own, [key.replace('METRICS_', '')]: general }
      const expected = {
        metrics: readSettings({ [key]: own }).settings[name],
        traces: readSettings({ [key.replace('METRICS_', '')]: general }).settings[name],
      } as unknown as Record<string, Record<string, unknown>>
      expect(readSettings(environment)).toMatchObject({
        settings: {
          [name]: { metrics: expected['metrics']?.['metrics'], traces: expected['traces']?.['traces'] },
        },
        problems: [],
      })
      expect(expected['metrics']?.['metrics']).not.toEqual(expected['metrics']?.['traces'])
      if (!row.key.startsWith('VR_')) return
      const both = readSettings({ ...environment, [row.key]: variable }).settings[name]
      expect(both).toEqual(wholeValue(row, row.codec.parse(variable)))
    },
  )
})

/** The value of a setting where nothing differs by signal. */
function wholeValue(row: Setting<unknown>, value: unknown): unknown {
  return row.signalFallback === undefined ? value : { traces: value, metrics: value }
}

const BUCKET_SAMPLES = Object.fromEntries(
  Object.keys(BUCKET_SETTINGS).map((name) => [name, { variable: '1e-3, .5,2', code: '1' }]),
) as Record<keyof typeof BUCKET_SETTINGS, { variable: string; code: string }>

/** A text that is no default, for the variable and for code. */
const SAMPLES: Readonly<Record<keyof typeof SETTINGS, { variable: string; code: string }>> = {
  disabled: { variable: 'yes', code: 'false' },
  serviceName: { variable: 'shop', code: 'other' },
  resourceAttributes: { variable: 'a=1,b=%20', code: 'c=2' },
  logLevel: { variable: 'DEBUG', code: 'error' },
  strict: { variable: 'On', code: 'false' },
  globals: { variable: 'off', code: 'on' },
  metricsEnabled: { variable: 'N', code: 'true' },
  metricsExporter: { variable: 'otlp, console,prometheus', code: 'none' },
  metricsPath: { variable: '/m', code: '/n' },
  metricsPort: { variable: '0', code: '9464' },
  metricsServerPort: { variable: '80', code: '81' },
  metricsHost: { variable: '::1', code: '0.0.0.0' },
  metricsToken: { variable: 'secret', code: 'other' },
  metricsPrefix: { variable: 'gw', code: 'a.b_c' },
  metricsGroups: { variable: '+http_semconv, -tool', code: 'http,sse' },
  knownMethods: { variable: 'GET,PURGE', code: 'GET' },
  ...BUCKET_SAMPLES,
  cardinalityLimit: { variable: '10', code: '20' },
  constLabels: { variable: 'zone=a,cell=b%20c', code: 'zone=d' },
  excludedPaths: { variable: '/a, /b', code: '/c' },
  scopeLabels: { variable: '1', code: 'false' },
  created: { variable: 't', code: 'false' },
  exemplars: { variable: 'always_off', code: 'always_on' },
  exemplarAttributes: { variable: 'a,b', code: 'c' },
  healthPath: { variable: '/up', code: '/down' },
  tracingEnabled: { variable: 'y', code: 'false' },
  sampleRatio: { variable: '0.5', code: '1' },
  trustsParent: { variable: 'no', code: 'true' },
  redactedParameters: { variable: 'tenant', code: 'tenant,user_id' },
  baggageKeys: { variable: 'tenant, user', code: '*' },
  propagators: { variable: 'baggage, TraceContext', code: 'none' },
  tracesExporter: { variable: 'none', code: 'otlp' },
  spanDelay: { variable: '100', code: '200' },
  spanQueueSize: { variable: '100', code: '200' },
  spanBatchSize: { variable: '100', code: '200' },
  otlpHost: { variable: 'collector', code: '10.0.0.1' },
  otlpPort: { variable: '14317', code: '1' },
  otlpInsecure: { variable: 'no', code: 'true' },
  otlpHeaders: { variable: 'a=b', code: 'c=d' },
  otlpPath: { variable: '/otlp/v1/{signal}', code: '/x' },
  otlpProtocol: { variable: 'HTTP/JSON', code: 'http/protobuf' },
  otlpCaFile: { variable: '/ca.pem', code: 'other.pem' },
  otlpCertFile: { variable: '/cert.pem', code: 'other.pem' },
  otlpKeyFile: { variable: '/key.pem', code: 'other.pem' },
  otlpTimeout: { variable: '100', code: '200' },
  otlpCompression: { variable: 'gzip', code: 'none' },
  exportInterval: { variable: '1000', code: '2000' },
  temporality: { variable: 'delta', code: 'lowmemory' },
}

/** Variables that applications set and this package does not read. */
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
  it('fill in for ours', () => {
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
  ])('OTEL_TRACES_SAMPLER=%s with %s is the ratio %d', (sampler, argument, ratio) => {
    const environment = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument }
    expect(readSettings(environment)).toMatchObject({ settings: { sampleRatio: ratio }, problems: [] })
  })

  it.each([
    ['http://10.0.0.1:4000/path/', '10.0.0.1', 4000, true, '/path/v1/{signal}'],
    ['collector:4000', 'collector', 4000, true, '/v1/{signal}'],
    ['https://[::1]:4317', '[::1]', 4317, false, '/v1/{signal}'],
  ])('OTEL_EXPORTER_OTLP_ENDPOINT=%s is taken apart', (endpoint, host, port, insecure, path) => {
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
  })

  it('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is for metrics alone, with its path as it is', () => {
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

  it('OTEL_EXPORTER_OTLP_INSECURE is for an endpoint without a scheme', () => {
    const insecure = (endpoint: string) =>
      readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_INSECURE: 'false' }).settings
        .otlpInsecure.traces
    expect([insecure('collector:4317'), insecure('http://collector:4317')]).toEqual([false, true])
  })
})

describe('the address of the collector', () => {
  const LEFTOVER = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://left:9/over',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://left:8/metrics',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'broken://traces',
    OTEL_EXPORTER_OTLP_INSECURE: 'false',
  }
  const ADDRESS = ['otlpHost', 'otlpPort', 'otlpPath', 'otlpInsecure', 'otlpProtocol'] as const

  it.each<[string, string, OtelOptions]>([
    ['VR_OPENTELEMETRY_HOST', 'ours', { otlpHost: 'ours' }],
    ['VR_OPENTELEMETRY_PORT', '4000', { otlpPort: 4000 }],
    ['VR_OPENTELEMETRY_PROTOCOL', 'http/json', { otlpProtocol: 'http/json' }],
    ['VR_OPENTELEMETRY_INSECURE', 'true', { otlpInsecure: true }],
    ['VR_OPENTELEMETRY_PORT', 'nonsense', {}],
  ])('comes from %s=%s and defaults alone, whatever OTEL_EXPORTER_OTLP_*ENDPOINT are', (key, text, code) => {
    for (const [environment, options] of [[{ [key]: text }, {}] as const, [{}, code] as const]) {
      if (Object.keys({ ...environment, ...options }).length === 0) continue
      const alone = readSettings(environment, options)
      const beside = readSettings({ ...environment, ...LEFTOVER }, options)
      for (const name of ADDRESS) expect(beside.settings[name]).toEqual(alone.settings[name])
      expect(beside.problems).toEqual(alone.problems)
    }
  })

  it('names each endpoint that is ignored, of the signals that are sent, without its credentials', () => {
    const { overruled } = readSettings({
      VR_OPENTELEMETRY_HOST: 'ours',
      VR_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:sesame@left:9',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://left:8',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://left:7',
    })
    const why =
      'ignored because VR_OPENTELEMETRY_HOST is set, using VR_OPENTELEMETRY_HOST=ours VR_OPENTELEMETRY_PORT=none VR_OPENTELEMETRY_PROTOCOL=grpc VR_OPENTELEMETRY_INSECURE=true'
    expect(overruled).toEqual([
      `OTEL_EXPORTER_OTLP_ENDPOINT: got "https://***@left:9", ${why}`,
      `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: got "https://left:8", ${why}`,
    ])
  })

  it.each<[string, Environment]>([
    ['nothing is sent', { VR_OPENTELEMETRY_HOST: 'ours' }],
    [
      'spans are made and not sent',
      { VR_OPENTELEMETRY_HOST: 'ours', VR_TRACING_ENABLED: '1', OTEL_TRACES_EXPORTER: 'none' },
    ],
    ['no setting of ours names the collector', { VR_TRACING_ENABLED: '1', VR_OPENTELEMETRY_PATH: '/x' }],
  ])('is not worth a line where %s', (_what, environment) => {
    expect(readSettings({ ...environment, ...LEFTOVER }).overruled).toEqual([])
  })
})

describe('OTEL_PROPAGATORS', () => {
  it.each<[Environment, readonly string[], readonly string[]]>([
    [{}, ['tracecontext'], []],
    [{ OTEL_PROPAGATORS: 'tracecontext,baggage' }, ['tracecontext', 'baggage'], ['*']],
    [{ OTEL_PROPAGATORS: 'Baggage' }, ['baggage'], ['*']],
    [{ OTEL_PROPAGATORS: 'none' }, [], []],
    [{ OTEL_PROPAGATORS: 'baggage', VR_TRACING_BAGGAGE: 'tenant' }, ['baggage'], ['tenant']],
    [{ OTEL_PROPAGATORS: 'none', VR_TRACING_BAGGAGE: 'tenant' }, [], ['tenant']],
  ])('%j: propagators %j, baggage %j', (environment, propagators, baggageKeys) => {
    expect(readSettings(environment)).toMatchObject({ settings: { propagators, baggageKeys }, problems: [] })
  })

  it('names what is not supported, once, and uses the rest', () => {
    const expected =
      'tracecontext or baggage, several separated by commas, or none alone; others are not supported'
    expect(readSettings({ OTEL_PROPAGATORS: 'b3multi,tracecontext, xray' })).toMatchObject({
      settings: { propagators: ['tracecontext'], baggageKeys: [] },
      problems: ['b3multi', 'xray'].map(
        (name) =>
          `OTEL_PROPAGATORS: got "${name}", expected ${expected}, using VR_TRACING_BAGGAGE=none OTEL_PROPAGATORS=tracecontext`,
      ),
    })
    expect(readSettings({ OTEL_PROPAGATORS: 'b3' })).toMatchObject({
      settings: { propagators: ['tracecontext'] },
      problems: [
        `OTEL_PROPAGATORS: got "b3", expected ${expected}, using VR_TRACING_BAGGAGE=none OTEL_PROPAGATORS=tracecontext`,
      ],
    })
  })
})

describe('OTEL_TRACES_EXPORTER', () => {
  it.each<[string, readonly string[], number]>([
    ['otlp', ['otlp'], 0],
    ['none', [], 0],
    ['zipkin', ['otlp'], 1],
    ['otlp,console', ['otlp'], 1],
  ])('%s: spans go to %j, %d problems', (text, tracesExporter, count) => {
    const { settings, problems } = readSettings({ OTEL_TRACES_EXPORTER: text })
    expect(settings.tracesExporter).toEqual(tracesExporter)
    expect(problems).toHaveLength(count)
    for (const line of problems)
      expect(line).toMatch(
        /^OTEL_TRACES_EXPORTER: got "(zipkin|console)", expected otlp, .*not supported, using otlp$/,
      )
  })
})

describe('the source of a value', () => {
  it('is the variable it comes from, by signal, or code', () => {
    const { sources } = readSettings(
      {
        OTEL_METRICS_EXPORTER: 'none',
        VR_METRICS_PORT: 'nonsense',
        OTEL_EXPORTER_PROMETHEUS_PORT: '9464',
        OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/ca.pem',
      },
      { strict: true },
    ).settings
    expect(sources).toMatchObject({
      metricsExporter: 'OTEL_METRICS_EXPORTER',
      metricsPort: 'OTEL_EXPORTER_PROMETHEUS_PORT',
      metricsPath: undefined,
      strict: 'VR_OTEL_STRICT (in code)',
      otlpCaFile: { traces: undefined, metrics: 'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE' },
    })
  })
})

describe('VR_METRICS_GROUPS', () => {
  it.each([
    ['default', ['http', 'sse', 'tool', 'mcp', 'process', 'self']],
    ['+http_semconv', ['http', 'sse', 'tool', 'mcp', 'process', 'self', 'http_semconv']],
    ['-tool,-mcp', ['http', 'sse', 'process', 'self']],
    ['default,+http_semconv,-http', ['sse', 'tool', 'mcp', 'process', 'self', 'http_semconv']],
    ['http', ['http']],
    ['HTTP, -http', []],
  ])('%s', (text, groups) => {
    expect(readSettings({ VR_METRICS_GROUPS: text })).toMatchObject({
      settings: { metricsGroups: groups },
      problems: [],
    })
  })

  it.each(['+', 'made_up', 'http,,-made_up', '-default'])('refuses %s', (text) => {
    expect(readSettings({ VR_METRICS_GROUPS: text }).problems).toHaveLength(1)
  })
})

describe('what cannot be used', () => {
  it('falls back to the next source, which is named', () => {
    const environment = { VR_OTEL_LOG_LEVEL: 'loud', OTEL_LOG_LEVEL: 'info' }
    expect(readSettings(environment, { logLevel: 'quiet' as 'none' })).toMatchObject({
      settings: { logLevel: 'info' },
      problems: [
        `VR_OTEL_LOG_LEVEL (in code): got "quiet", expected one of none, error, warn, info, debug, verbose, all, using info of OTEL_LOG_LEVEL`,
        `VR_OTEL_LOG_LEVEL: got "loud", expected one of none, error, warn, info, debug, verbose, all, using info of OTEL_LOG_LEVEL`,
      ],
    })
  })

  it('is one line for an endpoint, though several settings come from it', () => {
    const { problems } = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x' })
    expect(problems).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: got "ftp://x", expected a URL such as http://localhost:4317, using VR_OPENTELEMETRY_HOST=localhost VR_OPENTELEMETRY_PORT=none VR_OPENTELEMETRY_PATH=/v1/{signal} VR_OPENTELEMETRY_INSECURE=true',
    ])
  })

  it('never shows a secret', () => {
    const { problems } = readSettings({ VR_OPENTELEMETRY_HEADERS: 'sesame', VR_METRICS_TOKEM: 'sesame' })
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toContain('sesame')
    expect(
      JSON.stringify(printSettings(readSettings({ VR_METRICS_TOKEN: 'sesame' }).settings)),
    ).not.toContain('sesame')
  })

  it.each([
    'ftp://user:sesame@host:4317',
    'http://user:se/sa@me@host',
    'http://user:sesame@',
    'user:sesame@host:4317',
    'ftp://host/?api-key=sesame',
    'ftp://user:a?sesame@host/?b@sesame',
    'sesame@',
  ])('does not show the credentials of %s, whatever it is given for', (text) => {
    for (const [name, row] of rows) {
      const variables: string[] = [row.key, ...(row.fallbacks ?? []).map(({ key }) => key)]
      if (row.signalFallback !== undefined) variables.push(row.signalFallback.key.replace('SIGNAL', 'TRACES'))
      for (const key of variables) {
        const { problems } = readSettings({ [key]: text }, { [name]: text })
        expect(problems.join()).not.toMatch(/sesame|sa@me/)
      }
    }
  })

  it('are headers that no request can carry: each is named once, and the others are used', () => {
    const { settings, problems } = readSettings({
      VR_OPENTELEMETRY_HEADERS: 'Connection=sesame,authorization=sesame,te=sesame',
    })
    expect(settings.otlpHeaders).toEqual({
      traces: { authorization: 'sesame' },
      metrics: { authorization: 'sesame' },
    })
    expect(problems).toEqual(
      ['Connection', 'te'].map(
        (name) =>
          `VR_OPENTELEMETRY_HEADERS: got "${name}=***", expected no header that the exporter sets or its protocol forbids, using the others`,
      ),
    )
  })

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
  ])('is %s, where %s is meant', (key, meant) => {
    expect(readSettings({ [key]: 'sesame' }).problems).toEqual([
      `${key}: got "***", expected a known setting (did you mean ${meant}?), using none`,
    ])
  })

  it.each(OF_OTHERS)('is not %s, which another SDK reads', (key) => {
    expect(readSettings({ [key]: 'x' }).problems).toEqual([])
  })

  it('is not a standard variable of tracing where another SDK reads it', () => {
    const { problems, problemsBesideSdk } = readSettings({
      OTEL_PROPAGATORS: 'b3',
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_BSP_SCHEDULE_DELAY: 'x',
      VR_TRACING_SAMPLE_RATIO: 'x',
      VR_METRICS_PROT: '1',
    })
    expect([problems, problemsBesideSdk].map((lines) => lines.map((line) => line.split(':')[0]))).toEqual([
      [
        'VR_TRACING_SAMPLE_RATIO',
        'OTEL_TRACES_SAMPLER',
        'OTEL_PROPAGATORS',
        'OTEL_TRACES_EXPORTER',
        'OTEL_BSP_SCHEDULE_DELAY',
        'VR_METRICS_PROT',
      ],
      ['VR_TRACING_SAMPLE_RATIO', 'VR_METRICS_PROT'],
    ])
  })

  it('is a mistyped key of ours, and no other key', () => {
    const environment = {
      VR_TRACE_ENABLED: 'true',
      VR_TRACING_ENABLE: 'true',
      VR_OTHER: '1',
      VR_LOG_DIR: 'x',
      OTEL_MADE_UP: '1',
      [OWNER_KEY]: '1',
    }
    const misspelt = { VR_METRCS_PORT: '1', VR_OPENTELEMTRY_HOST: 'x', vr_metrics_port: '1' }
    expect(readSettings(misspelt).problems).toEqual([
      'VR_METRCS_PORT: got "***", expected a known setting (did you mean VR_METRICS_PORT?), using none',
      'VR_OPENTELEMTRY_HOST: got "***", expected a known setting (did you mean VR_OPENTELEMETRY_HOST?), using none',
      'vr_metrics_port: got "***", expected a known setting (did you mean VR_METRICS_PORT?), using none',
    ])
    expect(readSettings({}, { metricsPrt: 1 } as never).problems).toEqual([
      'option "metricsPrt" of startOtel: expected a known one (did you mean metricsPort?), using none',
    ])
    expect(readSettings(environment).problems).toEqual([
      'VR_TRACE_ENABLED: got "***", expected a known setting (did you mean VR_TRACING_ENABLED?), using none',
      'VR_TRACING_ENABLE: got "***", expected a known setting (did you mean VR_TRACING_ENABLED?), using none',
    ])
  })

  it('is said of any text without throwing, and the settings stay whole', () => {
    const keys = rows.flatMap(([, { key, signalFallback: bySignal, fallbacks = [] }]) => [
      key,
      ...fallbacks.map((fallback) => fallback.key),
      ...(bySignal === undefined ? [] : [bySignal.key.replace('SIGNAL', 'METRICS')]),
    ])
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.string({ unit: 'binary' })), (environment) => {
        const { settings } = readSettings(environment)
        for (const [name, row] of rows) {
          const given: unknown = settings[name]
          const value = row.signalFallback === undefined ? given : (given as { metrics: unknown }).metrics
          if (value !== undefined)
            expect(row.codec.parse(row.codec.format(value as never)) ?? value).toEqual(value)
          expect(typeof describeValue(row, value)).toBe('string')
        }
      }),
    )
  })

  it('is code of a wrong type', () => {
    const wrong = { metricsPort: 'many', excludedPaths: 7, otlpHeaders: null } as never
    const { problems } = readSettings({}, wrong)
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'VR_METRICS_PORT (in code)',
      'VR_METRICS_EXCLUDED_PATHS (in code)',
      'VR_OPENTELEMETRY_HEADERS (in code)',
    ])
  })
})

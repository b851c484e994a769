import { describe, expect, it } from 'vitest'
import { BUCKET_SETTINGS } from './bucket-settings.ts'
import { readSettings } from './read-settings.ts'
import type { Setting } from './setting.ts'
import { SETTINGS } from './settings.ts'

const rows = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting<unknown>][]

describe('the settings table', () => {
  it('has every key once', () => {
    const keys = rows.map(([, { key }]) => key as string)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it.each(rows)('%s parses its formatted default', (_name, row) => {
    if (row.default === undefined) return
    const text = row.codec.format(row.default)
    if (text !== '') expect(row.codec.parse(text)).toEqual(row.default)
  })

  it.each(rows)('%s prefers code to its variable, and its variable to standard ones', (name, row) => {
    const given = SAMPLES[name]
    const inCode = row.codec.parse(given.code)
    const environment = { [row.key]: ` ${given.variable} ` }
    for (const { key } of row.fallbacks ?? []) Object.assign(environment, { [key]: 'nonsense://:' })
    expect(readSettings(environment).settings[name]).toEqual(wholeValue(row, row.codec.parse(given.variable)))
    expect(readSettings(environment, { [name]: inCode }).settings[name]).toEqual(wholeValue(row, inCode))
  })

  it.each(rows)('%s uses its default if the variable is blank', (name, row) => {
    expect(readSettings({ [row.key]: '  ' })).toEqual(readSettings({}))
    expect(readSettings({}).settings[name]).toEqual(wholeValue(row, row.default))
  })

  it.each(rows.filter(([, { signalFallback }]) => signalFallback !== undefined))(
    '%s prefers our variable to that of the signal, and that of the signal to the general one',
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

/** Returns the value of a setting that is the same for all signals. */
function wholeValue(row: Setting<unknown>, value: unknown): unknown {
  return row.signalFallback === undefined ? value : { traces: value, metrics: value }
}

const BUCKET_SAMPLES = Object.fromEntries(
  Object.keys(BUCKET_SETTINGS).map((name) => [name, { variable: '1e-3, .5,2', code: '1' }]),
) as Record<keyof typeof BUCKET_SETTINGS, { variable: string; code: string }>

/** Texts that differ from the default, for the variable and for code. */
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
  metricEvents: { variable: 'Console', code: './events.jsonl' },
  llamaStackPrefix: { variable: 'ogx', code: 'stack' },
  metricsPrefix: { variable: 'gw', code: 'a.b_c' },
  metricsGroups: { variable: '+http_semconv, -tool', code: 'http,sse' },
  semconvOptIn: { variable: 'gen_ai_latest_experimental', code: 'http,gen_ai_latest_experimental' },
  genAiDuplicates: { variable: 'true', code: 'false' },
  knownMethods: { variable: 'GET,PURGE', code: 'GET' },
  ...BUCKET_SAMPLES,
  cardinalityLimit: { variable: '10', code: '20' },
  constLabels: { variable: 'zone=a,cell=b%20c', code: 'zone=d' },
  excludedPaths: { variable: '/a, /b', code: '/c' },
  routes: { variable: '/gw/{model}/chat, /x', code: '/y' },
  scopeLabels: { variable: '1', code: 'false' },
  created: { variable: 't', code: 'false' },
  exemplars: { variable: 'always_off', code: 'always_on' },
  exemplarAttributes: { variable: 'a,b', code: 'c' },
  healthReadyPath: { variable: '/up', code: '/down' },
  healthPath: { variable: '/up', code: '/down' },
  mcpServerLabels: { variable: 'npx * a=b=files, https://*.example/*=remote', code: 'x=y' },
  tracingEnabled: { variable: 'y', code: 'false' },
  sampleRatio: { variable: '0.5', code: '1' },
  trustsParent: { variable: 'no', code: 'true' },
  redactedParameters: { variable: 'tenant', code: 'tenant,user_id' },
  baggageKeys: { variable: 'tenant, user', code: '*' },
  websocketTracing: { variable: 'handshake', code: 'off' },
  mcpMeta: { variable: 'no', code: 'true' },
  capturesContent: { variable: 'true', code: 'false' },
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
  clusterPushInterval: { variable: '100', code: '200' },
  clusterOtlp: { variable: 'Workers', code: 'primary' },
  clusterGauges: { variable: 'queue.length=sum, cache.age=MAX', code: 'a=by_worker' },
  engineUrls: { variable: 'http://a:1/m, b=https://c/m', code: 'http://d/m' },
  engineLabels: { variable: 'zone=a', code: 'zone=b' },
  engineInclude: { variable: 'vllm:, sglang:', code: '*' },
  engineExclude: { variable: 'vllm:cache', code: 'a' },
  engineTimeout: { variable: '100', code: '200' },
  includesPromClient: { variable: 'yes', code: 'true' },
  clusterSocket: { variable: '/run/app/metrics.sock', code: './metrics.sock' },
}

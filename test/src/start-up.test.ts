import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'
import { scrapeWhenIdle } from './scrape-when-idle.ts'

const TEN = [
  'http_requests_total',
  'http_request_duration_seconds_count',
  'http_in_flight_requests',
  'sse_connections_in_flight',
  'sse_stream_duration_seconds_count',
]

async function footprint(env: Record<string, string>, flag = true): Promise<unknown> {
  const app = new RunningApp('footprint.mjs', { flag, env })
  await app.exit()
  return { ...JSON.parse(app.stdout), stderr: app.stderr }
}

describe('the flag', () => {
  it.each<[string, string[]]>([
    ['plain.mjs', ['--import', '@vr/otel/register']],
    ['plain.cjs', ['--import', '@vr/otel/register']],
    ['plain.cjs', ['--require', '@vr/otel/register']],
    ['plain.mjs', ['--import', '@vr/otel/register', '--require', '@vr/otel/register']],
  ])('measures %s with %j', async (file, execArgv) => {
    const app = new RunningApp(file, { execArgv })
    const url = await app.url()
    for (const path of ['/', '/sse']) await (await fetch(url + path)).text()
    const { samples } = await scrape(`${url}/metrics`)
    const names = new Set(samples.map(({ name }) => name.replace('vllm_responses_', '')))
    expect(TEN.filter((name) => !names.has(name))).toEqual([])
    expect(app.stdout).toBe(`listening on ${url}\n`)
    expect(app.stderr.split('\n')).toHaveLength(2) // the start line and the end of it
    expect(await app.kill()).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('warns once when another server answers scrapes because the first one has closed', async () => {
    const app = new RunningApp('closing-servers.mjs', { env: { VR_OTEL_LOG_LEVEL: 'info' } })
    const urlOf = async (name: string) =>
      (await app.waitForOutput(new RegExp(`${name} at (\\S+)`)))[1] as string
    const text = async (url: string) => (await fetch(url)).text()
    const second = await urlOf('second')
    expect(await text(`${await urlOf('first')}/metrics`)).toContain('target_info')
    expect(await text(`${second}/metrics`)).toBe('own of second\n')
    await text(`${await urlOf('first')}/close`)
    await app.waitForOutput(/first closed/)
    expect(await text(`${second}/metrics`)).toContain('target_info')
    await text(`${second}/close`)
    const third = await urlOf('third')
    expect(await text(`${third}/metrics`)).toContain('target_info')
    await text(`${third}/close`)
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    const moves = app.stderr.match(/^@vr\/otel (warn|info): metrics endpoint moved to \S+: .*$/gm)
    const remedy =
      'the server that answered scrapes has closed. A route /metrics of the application is not reached on the new server. Set VR_METRICS_SERVER_PORT to the port of the server that must answer, VR_METRICS_PATH to another path, or VR_METRICS_PORT for a separate port'
    expect(moves).toEqual([
      `@vr/otel warn: metrics endpoint moved to ${second}/metrics: ${remedy}`,
      `@vr/otel info: metrics endpoint moved to ${third}/metrics: ${remedy}`,
    ])
  })

  it('exposes the unlabelled gauges as 0 in the first scrape', async () => {
    const app = new RunningApp('plain.mjs')
    const first = await scrape(`${await app.url()}/metrics`)
    expect(first.values('http_in_flight_requests')).toEqual({ '': 0 })
    expect(first.values('sse_connections_in_flight')).toEqual({ '': 0 })
    await app.kill()
  })

  it('logs in one line where scrapes are answered and what is off', async () => {
    const app = new RunningApp('plain.mjs')
    const url = await app.url()
    await app.waitForOutput(/\n/, 'stderr')
    expect(app.stderr).toBe(
      `@vr/otel 0.1.0: metrics at ${url}/metrics (no authentication: set VR_METRICS_TOKEN); tracing is off, no exemplars: set VR_TRACING_ENABLED=true\n`,
    )
    await app.kill()
  })

  it('logs nothing and opens no port in a process without a server', async () => {
    const app = new RunningApp('silent.mjs', { env: { VR_METRICS_PORT: '0' } })
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    expect(app.stdout + app.stderr).toBe('')
  })
})

describe('telemetry that is switched off', () => {
  it('does not change the process with VR_OTEL_DISABLED', async () => {
    const bare = await footprint({}, false)
    expect(
      await footprint({ VR_OTEL_DISABLED: 'true', VR_METRICS_PORT: 'nonsense', VR_OTEL_STRICT: 'true' }),
    ).toEqual(bare)
  })

  it('adds only the symbol of its instance with VR_METRICS_ENABLED=false', async () => {
    const bare = (await footprint({}, false)) as object
    const off = { VR_METRICS_ENABLED: 'false', VR_OTEL_GLOBALS: 'off', VR_OTEL_LOG_LEVEL: 'error' }
    expect(await footprint(off)).toEqual({ ...bare, globals: ['Symbol(@vr/otel)'] })
  })

  it('does not answer scrapes', async () => {
    for (const env of [{ VR_OTEL_DISABLED: '1' }, { VR_METRICS_ENABLED: 'no' }]) {
      const app = new RunningApp('plain.mjs', { env })
      expect(await (await fetch(`${await app.url()}/metrics`)).text()).toBe('GET /metrics\n')
      await app.kill()
    }
  })
})

describe('settings', () => {
  const BAD = {
    VR_METRICS_PATH: 'metrics',
    VR_METRICS_PORT: '70000',
    VR_TRACING_SAMPLE_RATIO: '2',
    VR_METRICS_PROT: '1',
    OTEL_TRACES_SAMPLER: 'sometimes',
  }
  const LINES = [
    'VR_METRICS_PATH: got "metrics", expected a path that begins with "/", without spaces, "?" and "#", using /metrics',
    'VR_METRICS_PORT: got "70000", expected a port from 0 to 65535 (0: any free port), using none',
    'VR_TRACING_SAMPLE_RATIO: got "2", expected a number from 0 to 1, using 0.01',
    'OTEL_TRACES_SAMPLER: got "sometimes", expected always_on, always_off or traceidratio, with or without parentbased_, and a ratio in OTEL_TRACES_SAMPLER_ARG, using 0.01',
    'VR_METRICS_PROT: unknown setting, ignored; did you mean VR_METRICS_PORT?',
  ]

  it('are all reported in one message if they are invalid, and the application runs', async () => {
    const app = new RunningApp('silent.mjs', { env: BAD })
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    expect(app.stderr).toBe(
      `@vr/otel warn: invalid settings:\n${LINES.map((line) => `  ${line}\n`).join('')}`,
    )
    expect(app.stdout).toBe('')
  })

  it('end the process with that report and exit code 1 under VR_OTEL_STRICT', async () => {
    const app = new RunningApp('silent.mjs', { env: { ...BAD, VR_OTEL_STRICT: 'true' } })
    expect(await app.exit()).toEqual({ code: 1, signal: null })
    expect(app.stderr).toBe(
      `@vr/otel error: not started: VR_OTEL_STRICT is on and settings are invalid:\n${LINES.map((line) => `  ${line}\n`).join('')}`,
    )
  })

  it('set the path, prefix, buckets, health path, constant labels and excluded paths', async () => {
    const app = new RunningApp('plain.mjs', {
      env: {
        VR_METRICS_PATH: '/internal/metrics',
        VR_METRICS_PREFIX: 'gate.way',
        VR_METRICS_BUCKETS_HTTP: '1, 2',
        VR_HEALTH_PATH: '/up',
        VR_METRICS_EXCLUDED_PATHS: '/quiet',
        VR_METRICS_CONST_LABELS: 'zone=a,cell=b%20c',
      },
    })
    const url = await app.url()
    expect(await (await fetch(`${url}/up`)).text()).toBe('{}')
    for (const path of ['/', '/quiet', '/quiet/deep?x=1', '/quieter', '/health'])
      await (await fetch(url + path)).text()
    const { samples } = await scrape(`${url}/internal/metrics`)
    const requests = samples.find(({ name }) => name === 'gate_way_http_requests_total')
    expect(requests?.value).toBe(3)
    expect(requests?.labels).toMatchObject({ zone: 'a', cell: 'b c' })
    const bounds = samples.filter(({ name }) => name === 'gate_way_http_request_duration_seconds_bucket')
    expect(bounds.map(({ labels }) => labels['le'])).toEqual(['1.0', '2.0', '+Inf'])
    await app.kill()
  })

  it('set the buckets of the semantic conventions', async () => {
    const env = { VR_METRICS_GROUPS: '+http_semconv', VR_METRICS_BUCKETS_SEMCONV: '1,2' }
    const app = new RunningApp('plain.mjs', { env })
    const url = await app.url()
    await (await fetch(url)).text()
    const { samples } = await scrape(`${url}/metrics`)
    const bounds = samples.filter(({ name }) => name === 'http_server_request_duration_seconds_bucket')
    expect(bounds.map(({ labels }) => labels['le'])).toEqual(['1.0', '2.0', '+Inf'])
    expect(app.stderr).not.toContain('SEMCONV')
    await app.kill()
  })

  it.each([
    ['OTEL_METRICS_EXPORTER', { OTEL_METRICS_EXPORTER: 'none' }],
    ['VR_METRICS_EXPORTER', { VR_METRICS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'otlp' }],
  ])('name %s in the start line if it turns the export of metrics off', async (key, env) => {
    const app = new RunningApp('silent.mjs', { env })
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    expect(app.stderr).toContain(`: metrics are recorded, but not exported (${key}); `)
  })

  it('override OTEL_EXPORTER_OTLP_ENDPOINT by VR_OPENTELEMETRY_HOST, and log the ignored endpoint once without its password', async () => {
    const app = new RunningApp('silent.mjs', {
      env: {
        VR_TRACING_ENABLED: 'true',
        VR_METRICS_EXPORTER: 'otlp',
        VR_OPENTELEMETRY_HOST: '127.0.0.1',
        VR_OTEL_STRICT: 'true',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:sesame@leftover:4318',
      },
    })
    expect(await app.exit()).toEqual({ code: 0, signal: null })
    const [overridden, line, ...more] = app.stderr.split('\n')
    expect(overridden).toBe(
      '@vr/otel warn: OTEL_EXPORTER_OTLP_ENDPOINT: got "https://***@leftover:4318", ignored because VR_OPENTELEMETRY_HOST is set, using VR_OPENTELEMETRY_HOST=127.0.0.1 VR_OPENTELEMETRY_PORT=none VR_OPENTELEMETRY_PROTOCOL=grpc VR_OPENTELEMETRY_INSECURE=true',
    )
    expect(line).toContain(
      'metrics to http://127.0.0.1:4317 over gRPC every 60 s; traces to http://127.0.0.1:4317 over gRPC',
    )
    expect(more.join('\n')).not.toContain('leftover')
  })

  it('require a bearer token if one is set, and never print it', async () => {
    const app = new RunningApp('plain.mjs', { env: { VR_METRICS_TOKEN: 'open-sesame' } })
    const url = `${await app.url()}/metrics`
    expect((await fetch(url)).status).toBe(401)
    expect((await fetch(url, { headers: { authorization: 'Bearer open-sesame' } })).status).toBe(200)
    expect(app.stderr).not.toContain('sesame')
    expect(app.stderr).not.toContain('no authentication')
    await app.kill()
  })
})

describe('the globals', () => {
  it('expose instruments of the application on the same endpoint with the labels of their scope', async () => {
    const app = new RunningApp('own-counter.mjs')
    const url = await app.url()
    await (await fetch(url)).text()
    const { values } = await scrapeWhenIdle(`${url}/metrics`)
    expect(values('jobs_total')).toEqual({ 'otel_scope_name=shop,queue=mail': 2 })
    await app.kill()
  })
})

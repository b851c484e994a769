import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

interface Loaded {
  readonly files: string[]
  readonly builtins: string[]
  readonly builtinsBefore: string[]
}

async function loadedBy(env: Record<string, string>): Promise<Loaded> {
  const execArgv = ['--import', './apps/record-loads.mjs', '--import', '@vr/otel/register']
  const app = new RunningApp('loaded.mjs', { execArgv, env })
  const url = await app.url()
  await (await fetch(`${url}/metrics`, { headers: { 'accept-encoding': 'identity' } })).text() // gzip loads zlib
  const answer = await (await fetch(url)).json()
  await app.kill()
  return answer as Loaded
}

it('metrics without tracing do not load gRPC, the tracing SDK, OTLP or TLS', async () => {
  const { files, builtins } = await loadedBy({})
  expect(files.length).toBeGreaterThan(50)
  expect(
    files.filter((file) =>
      /node_modules\/(@grpc|protobufjs|@opentelemetry\/(sdk-trace|otlp|exporter|instrumentation|context-async))/.test(
        file,
      ),
    ),
  ).toEqual([])
  expect(builtins.filter((name) => / (tls|https|http2|_tls_.*|zlib)$/.test(name))).toEqual([])
})

it('a process without workers loads neither the code that shares metrics nor node:cluster', async () => {
  const { files, builtinsBefore } = await loadedBy({ VR_METRICS_ENABLED: 'true' })
  expect(
    files.filter((file) => /(metrics\/dist\/cluster\b|cluster\/(roles|[a-z]+-role)\.js)/.test(file)),
  ).toEqual([])
  expect(builtinsBefore.filter((name) => / (cluster|child_process)$/.test(name))).toEqual([])
})

it('tracing loads OTLP, the tracing SDK and the undici instrumentation', async () => {
  const { files } = await loadedBy({ VR_TRACING_ENABLED: 'true' })
  for (const name of ['otlp-transformer', 'sdk-trace', 'instrumentation-undici']) {
    expect(files.some((file) => file.includes(name))).toBe(true)
  }
})

it('metrics of engines and of prom-client are only loaded with their settings', async () => {
  const isExternal = (file: string): boolean =>
    /(metrics\/dist\/engine\/(?!exposed)|external\/external\b)/.test(file)
  expect((await loadedBy({})).files.filter(isExternal)).toEqual([])
  const env = { VR_ENGINE_METRICS_URL: 'http://127.0.0.1:1/metrics' }
  expect((await loadedBy(env)).files.some(isExternal)).toBe(true)
})

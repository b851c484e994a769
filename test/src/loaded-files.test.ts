import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

async function loadedBy(env: Record<string, string>): Promise<{ files: string[]; builtins: string[] }> {
  const execArgv = ['--import', './apps/record-loads.mjs', '--import', '@vr/otel/register']
  const app = new RunningApp('loaded.mjs', { execArgv, env })
  const url = await app.url()
  await (await fetch(`${url}/metrics`, { headers: { 'accept-encoding': 'identity' } })).text() // gzip loads zlib
  const answer = await (await fetch(url)).json()
  await app.kill()
  return answer as { files: string[]; builtins: string[] }
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

it('tracing loads OTLP, the tracing SDK and the undici instrumentation', async () => {
  const { files } = await loadedBy({ VR_TRACING_ENABLED: 'true' })
  for (const name of ['otlp-transformer', 'sdk-trace', 'instrumentation-undici']) {
    expect(files.some((file) => file.includes(name))).toBe(true)
  }
})

import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

/** A collector that accepts connections and never answers. */
let blackHole: Server
let tracing: Record<string, string>

beforeAll(async () => {
  blackHole = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve))
  tracing = {
    VR_TRACING_ENABLED: 'true',
    VR_TRACING_SAMPLE_RATIO: '1',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: String((blackHole.address() as AddressInfo).port),
  }
})

afterAll(() => void blackHole.close())

/** Returns exit code, signal and stdout of a program with the flag, and without it. */
async function ends(app: string, env: Record<string, string>): Promise<unknown[]> {
  const results = []
  for (const flag of [true, false]) {
    const running = new RunningApp(app, { flag, env })
    results.push({ ...(await running.exit()), stdout: running.stdout })
  }
  return results
}

describe.each(['metrics only', 'with tracing to a collector that never answers'])('%s', (mode) => {
  const env = (more: Record<string, string>) => (mode === 'metrics only' ? more : { ...tracing, ...more })

  it.each([
    { WAY: 'end', CODE: '0' },
    { WAY: 'end', CODE: '3' },
    { WAY: 'exit', CODE: '4' },
    { WAY: 'throw' },
    { WAY: 'reject' },
  ])(
    'a process that ends by itself has the same exit code and output as without the flag: %j',
    async (way) => {
      const [withFlag, without] = await ends('silent.mjs', env(way as Record<string, string>))
      expect(withFlag).toEqual(without)
    },
  )

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    '%s ends the process by that signal if the application has no listener',
    async (signal) => {
      const app = new RunningApp('signals.mjs', { env: env({}) })
      await (await fetch(await app.url())).text()
      expect(await app.kill(signal)).toEqual({ code: null, signal })
    },
  )

  it('does not end the process if the application handles the signal', async () => {
    const app = new RunningApp('signals.mjs', { env: env({ HANDLES: 'yes' }) })
    await (await fetch(await app.url())).text()
    expect(await app.kill()).toEqual({ code: 7, signal: null })
    expect(app.stdout).toContain('handled')
  })

  it('emits `beforeExit` once, as without the flag', async () => {
    const [withFlag, without] = await ends('before-exit.mjs', env({}))
    expect(without).toEqual({ code: 5, signal: null, stdout: 'beforeExit: 5\n' })
    expect(withFlag).toEqual(without)
  })

  it.each(['none', 'function', 'signal-exit'])(
    'delivers every `beforeExit` that the application emits, with a wrapper of `process.emit`: %s',
    async (WRAPPER) => {
      const [withFlag, without] = await ends('emits-before-exit.mjs', env({ WRAPPER }))
      expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('0, after 3 requests') })
      expect(withFlag).toEqual(without)
    },
  )

  it('lets the process end after its server has closed', async () => {
    const app = new RunningApp('plain.mjs', { env: env({}) })
    await (await fetch(`${await app.url()}/end`, { headers: { connection: 'close' } })).text()
    expect(await app.exit()).toEqual({ code: 0, signal: null })
  })
})

describe('with a collector that accepts connections and never answers, a process with spans and metrics to send', () => {
  it.each([
    { VR_OPENTELEMETRY_PROTOCOL: 'grpc' },
    { VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf' },
    { VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf', WAITS: 'for a signal' },
  ])('ends as without the flag, long before the time limit of the export: %j', async (how) => {
    const env = {
      ...tracing,
      VR_METRICS_EXPORTER: 'prometheus,otlp',
      // A process that waits for the export fails the test. `flush-on-exit.test.ts` has the limit of a second, by injected time.
      OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      ...(how as Record<string, string>),
    }
    const results = []
    for (const flag of [true, false]) {
      const app = new RunningApp('serves-itself.mjs', { flag, env })
      await app.waitForOutput(/done/)
      results.push('WAITS' in how ? await app.kill() : await app.exit())
    }
    expect(results[0]).toEqual(results[1])
  })
})

import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppOptions, RunningApp } from './running-app.ts'

const FLAG = ['--import', '@vr/otel/register']

/** A message on stderr, and the program in which it is logged. */
interface Reported {
  readonly app: string
  readonly pattern: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** Loaded before the flag. */
  readonly preloaded?: string
  readonly flag?: readonly string[]
  /** Exit code, if it differs from that without the flag. */
  readonly code?: number
}

/** Server that occupies a port. */
const taken = createServer()
beforeAll(() => new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve)))
afterAll(() => void taken.close())

const EVERYTHING = {
  VR_METRICS_PORT: 'nonsense',
  VR_METRICS_EXPORTER: 'prometheus,otlp,console',
  VR_METRICS_EXPORT_INTERVAL_MS: '10',
  VR_TRACING_ENABLED: 'true',
  VR_TRACING_SAMPLE_RATIO: '1',
  VR_OPENTELEMETRY_PORT: '1',
  VR_OTEL_LOG_LEVEL: 'all',
}

const REPORTS: Readonly<Record<string, () => Reported>> = {
  'bad settings': () => ({
    app: 'before-exit.mjs',
    env: EVERYTHING,
    pattern: /invalid settings:\n.*VR_METRICS_PORT/,
  }),
  'the start line': () => ({ app: 'before-exit.mjs', pattern: /metrics at http/ }),
  'a collector that cannot be reached': () => ({
    app: 'before-exit.mjs',
    env: EVERYTHING,
    pattern: /warn: cannot send .* to http:\/\/localhost:1/,
  }),
  'metrics on the console': () => ({ app: 'before-exit.mjs', env: EVERYTHING, pattern: /series changed\n/ }),
  'a start stopped by VR_OTEL_STRICT': () => ({
    app: 'silent.mjs',
    env: { VR_METRICS_PORT: 'nonsense', VR_OTEL_STRICT: 'true' },
    pattern: /not started: VR_OTEL_STRICT is on/,
    code: 1,
  }),
  'a start that fails': () => ({
    app: 'before-exit.mjs',
    preloaded: './apps/no-instance.mjs',
    pattern: /error: not started/,
  }),
  'an unsupported runtime': () => ({
    app: 'before-exit.mjs',
    preloaded: './apps/on-bun.mjs',
    pattern: /Bun 1\.3\.0 is not supported/,
  }),
  'a Node without require(esm)': () => ({
    app: 'before-exit.mjs',
    flag: ['--no-experimental-require-module', '--require', '@vr/otel/register'],
    pattern: /cannot require ES modules/,
  }),
  'a port in use': () => ({
    app: 'before-exit.mjs',
    env: { VR_METRICS_PORT: String((taken.address() as AddressInfo).port) },
    pattern: /error: .* is in use/,
  }),
  'a server that does not answer scrapes': () => ({
    app: 'before-exit.mjs',
    env: { VR_METRICS_SERVER_PORT: '1' },
    pattern: /warn: metrics endpoint not started/,
  }),
}

/** Faults of stderr: its file or pipe, and the change that `broken-stderr.mjs` makes. */
const FAULTS: Readonly<
  Record<string, { readonly stderr: 'full' | 'gone' | 'unread'; readonly fault?: string }>
> = {
  'a full disk (ENOSPC)': { stderr: 'full' },
  'a closed reader (EPIPE)': { stderr: 'gone' },
  'a reader that does not read (EAGAIN)': { stderr: 'unread', fault: 'full' },
  'a full disk and an error listener of the application that exits': { stderr: 'full', fault: 'watched' },
  'a closed reader and a destroyed stream': { stderr: 'gone', fault: 'destroyed' },
  'an ended stream': { stderr: 'full', fault: 'ended' },
  'a replaced write method that throws': { stderr: 'full', fault: 'throws' },
  'a replaced stream that fails': { stderr: 'full', fault: 'failing' },
  'no stream at all': { stderr: 'full', fault: 'missing' },
}

function options({ flag = FLAG, env = {}, preloaded }: Reported): AppOptions {
  return { execArgv: [...(preloaded === undefined ? [] : ['--import', preloaded]), ...flag], env }
}

/** Returns exit code, signal and stdout of a program with a broken stderr. */
async function endOf(app: string, options: AppOptions, fault: keyof typeof FAULTS): Promise<unknown> {
  const { stderr, fault: change = 'none' } = FAULTS[fault] as (typeof FAULTS)[string]
  const execArgv = ['--import', './apps/broken-stderr.mjs', ...(options.execArgv ?? [])]
  const env = { ...options.env, STDERR: change }
  const opened = stderr === 'full' ? openSync('/dev/full', 'w') : stderr
  const running = new RunningApp(app, { execArgv, env, stderr: opened })
  if (typeof opened === 'number') closeSync(opened)
  return { ...(await running.exit()), stdout: running.stdout }
}

const endsWithoutFlag = new Map<string, Promise<unknown>>()

/** The end of a program without the flag, which is run once for each fault: settings of the product do not change it. */
function endWithoutFlag(app: string, fault: keyof typeof FAULTS): Promise<unknown> {
  const key = `${app} with ${fault}`
  const end = endsWithoutFlag.get(key) ?? endOf(app, { execArgv: [] }, fault)
  endsWithoutFlag.set(key, end)
  return end
}

describe.each(Object.entries(REPORTS))('%s', (_name, reported) => {
  it('is logged on stderr', async () => {
    const { app, pattern, ...rest } = reported()
    const running = new RunningApp(app, options({ app, pattern, ...rest }))
    await running.exit()
    expect(running.stderr).toMatch(pattern)
  })

  it.skipIf(process.platform !== 'linux').each(Object.keys(FAULTS))(
    'does not affect an application with %s',
    async (fault) => {
      const { app, code, ...rest } = reported()
      const [withFlag, without] = await Promise.all([
        endOf(app, options({ app, ...rest }), fault),
        endWithoutFlag(app, fault),
      ])
      expect(withFlag).toEqual(code === undefined ? without : { code, signal: null, stdout: '' })
    },
  )
})

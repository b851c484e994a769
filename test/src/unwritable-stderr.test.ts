import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppOptions, RunningApp } from './running-app.ts'

const FLAG = ['--import', '@vr/otel/register']

/** A report of ours: the program in which we make it, and what it says. */
interface Reported {
  readonly app: string
  readonly says: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** Loaded before the flag. */
  readonly preloaded?: string
  readonly flag?: readonly string[]
  /** If not as without the flag. */
  readonly code?: number
}

/** A port that another program has. */
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
    says: /invalid settings:\n.*VR_METRICS_PORT/,
  }),
  'the start line': () => ({ app: 'before-exit.mjs', says: /metrics at http/ }),
  'a collector that cannot be reached': () => ({
    app: 'before-exit.mjs',
    env: EVERYTHING,
    says: /warn: cannot send .* to http:\/\/localhost:1/,
  }),
  'metrics on the console': () => ({ app: 'before-exit.mjs', env: EVERYTHING, says: /series changed\n/ }),
  'the end of the start by VR_OTEL_STRICT': () => ({
    app: 'silent.mjs',
    env: { VR_METRICS_PORT: 'nonsense', VR_OTEL_STRICT: 'true' },
    says: /not started: VR_OTEL_STRICT is on/,
    code: 1,
  }),
  'a start that fails': () => ({
    app: 'before-exit.mjs',
    preloaded: './apps/no-instance.mjs',
    says: /error: not started/,
  }),
  'a runtime that is not supported': () => ({
    app: 'before-exit.mjs',
    preloaded: './apps/on-bun.mjs',
    says: /Bun 1\.3\.0 is not supported/,
  }),
  'a Node that cannot require an ES module': () => ({
    app: 'before-exit.mjs',
    flag: ['--no-experimental-require-module', '--require', '@vr/otel/register'],
    says: /cannot require an ES module/,
  }),
  'a port in use': () => ({
    app: 'before-exit.mjs',
    env: { VR_METRICS_PORT: String((taken.address() as AddressInfo).port) },
    says: /error: .* is in use/,
  }),
  'a server that answers no scrapes': () => ({
    app: 'before-exit.mjs',
    env: { VR_METRICS_SERVER_PORT: '1' },
    says: /warn: a server listens, and scrapes are not answered/,
  }),
}

/** How stderr is broken: what it is connected to, and what is done to it before the flag. */
const FAULTS: Readonly<
  Record<string, { readonly stderr: 'full' | 'gone' | 'unread'; readonly way?: string }>
> = {
  'a full disk (ENOSPC)': { stderr: 'full' },
  'a reader that has gone (EPIPE)': { stderr: 'gone' },
  'a reader that does not read (EAGAIN)': { stderr: 'unread', way: 'full' },
  'a full disk, and a listener of the application that exits': { stderr: 'full', way: 'watched' },
  'a reader that has gone, and a stream that is destroyed': { stderr: 'gone', way: 'destroyed' },
  'a stream that has ended': { stderr: 'full', way: 'ended' },
  'a write of the application that throws': { stderr: 'full', way: 'throws' },
  'a stream of the application that fails': { stderr: 'full', way: 'failing' },
  'no stream': { stderr: 'full', way: 'missing' },
}

function options({ flag = FLAG, env = {}, preloaded }: Reported): AppOptions {
  return { execArgv: [...(preloaded === undefined ? [] : ['--import', preloaded]), ...flag], env }
}

/** How a program ends whose stderr is broken. */
async function endOf(app: string, options: AppOptions, fault: keyof typeof FAULTS): Promise<unknown> {
  const { stderr, way = 'as it is' } = FAULTS[fault] as (typeof FAULTS)[string]
  const execArgv = ['--import', './apps/broken-stderr.mjs', ...(options.execArgv ?? [])]
  const env = { ...options.env, STDERR: way }
  const opened = stderr === 'full' ? openSync('/dev/full', 'w') : stderr
  const running = new RunningApp(app, { execArgv, env, stderr: opened })
  if (typeof opened === 'number') closeSync(opened)
  return { ...(await running.exit()), stdout: running.stdout }
}

describe.each(Object.entries(REPORTS))('%s', (_name, reported) => {
  it('is reported on stderr', async () => {
    const { app, says, ...rest } = reported()
    const running = new RunningApp(app, options({ app, says, ...rest }))
    await running.exit()
    expect(running.stderr).toMatch(says)
  })

  it.skipIf(process.platform !== 'linux').each(Object.keys(FAULTS))(
    'changes nothing for an application with %s',
    async (fault) => {
      const { app, code, ...rest } = reported()
      const [withFlag, without] = await Promise.all([
        endOf(app, options({ app, ...rest }), fault),
        endOf(app, { execArgv: [] }, fault),
      ])
      expect(withFlag).toEqual(code === undefined ? without : { code, signal: null, stdout: '' })
    },
  )
})

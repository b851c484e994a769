import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'

/** Time limit for something that another process does. */
const DEADLINE_MS = 20_000

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** Programs that have not ended; killed after the last test of the file. */
const running = new Set<RunningApp>()

afterAll(async () => {
  await Promise.all([...running].map((app) => app.kill('SIGKILL')))
})

/** Options of a {@link RunningApp}. */
export interface AppOptions {
  /** Whether to run the program with `--import @vr/otel/register`. Default: true. */
  readonly flag?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Node options before the program; replaces `flag`. */
  readonly execArgv?: readonly string[]
  /** Stderr of the program: a pipe that is read (default), closed or not read, or a file descriptor. */
  readonly stderr?: 'read' | 'gone' | 'unread' | number
  /** Whether the program has an IPC channel, as a child of `fork`. Default: false. */
  readonly ipc?: boolean
}

/** A program of `test/apps` in its own process. */
export class RunningApp {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  readonly #exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(
    app: string,
    { flag = true, env = {}, execArgv, stderr = 'read', ipc = false }: AppOptions = {},
  ) {
    const options = execArgv ?? (flag ? ['--import', '@vr/otel/register'] : [])
    this.process = spawn(process.execPath, [...options, resolve(FOLDER, 'apps', app)], {
      cwd: FOLDER,
      env: { ...cleanEnvironment(), ...env },
      stdio: [
        'ignore',
        'pipe',
        typeof stderr === 'number' ? stderr : 'pipe',
        ...(ipc ? (['ipc'] as const) : []),
      ],
    })
    this.process.stdout?.on('data', (data) => (this.stdout += data))
    if (stderr === 'read') this.process.stderr?.on('data', (data) => (this.stderr += data))
    else if (stderr === 'gone') this.process.stderr?.destroy()
    running.add(this)
    this.process.once('exit', () => stderr === 'unread' && this.process.stderr?.destroy())
    this.#exited = once(this.process, 'close').then(([code, signal]) => {
      running.delete(this)
      return { code, signal }
    })
  }

  /** Resolves when the program has ended and its output is complete. */
  exit(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return this.#exited
  }

  /** Sends a signal and waits for the end of the program. */
  async kill(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.process.kill(signal)
    return this.#exited
  }

  /** Waits for output that matches a pattern and returns the first match; rejects if the program ends without it. */
  async waitForOutput(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    const source = this.process[stream] as Readable
    const closed = once(source, 'close')
    for (;;) {
      const match = pattern.exec(this[stream])
      if (match !== null) return match
      if (source.closed)
        throw new Error(
          `the program ended without output that matches ${pattern}:\n${this.stdout}${this.stderr}`,
        )
      await Promise.race([once(source, 'data'), closed])
    }
  }

  /** Waits for the URL that the program prints when it listens. */
  async url(): Promise<string> {
    return (await this.waitForOutput(/http:\/\/127\.0\.0\.1:\d+/))[0]
  }

  /** Waits for the start line and returns the URL of its pull endpoint. */
  async metricsUrl(): Promise<string> {
    return (await this.waitForOutput(/metrics at (\S+)/, 'stderr'))[1] as string
  }
}

/** The environment of this process without settings of any telemetry. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_OPTIONS$)/.test(key)),
  )
}

/** Calls `probe` until it resolves with a truthy value and returns that; for the state of another process. */
export function eventually<Value>(probe: () => Promise<Value | undefined>): Promise<Value> {
  return vi.waitUntil(probe, { interval: 10, timeout: DEADLINE_MS }) as Promise<Value>
}

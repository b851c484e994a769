import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'

/** What another process has not done by then, it will not do. */
const DEADLINE_MS = 20_000

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** Programs of this test file that have not ended; a test that failed may have left some. */
const running = new Set<RunningApp>()

afterAll(async () => {
  await Promise.all([...running].map((app) => app.kill('SIGKILL')))
})

/** How a program is run. */
export interface AppOptions {
  /** Without the flag, the program is run as it is; default: with it. */
  readonly flag?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node before the program; default: the flag. */
  readonly execArgv?: readonly string[]
  /** What its stderr is: read by us (default), a file, a pipe whose reader has gone, or one that is not read. */
  readonly stderr?: 'read' | 'gone' | 'unread' | number
  /** Whether it has a channel to us, as a child of `fork` has. */
  readonly ipc?: boolean
}

/** A program of `test/apps` in a process of its own. */
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

  /** Settles when the program has ended and its output is complete. */
  exit(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return this.#exited
  }

  /** Ends the program and waits for it. */
  async kill(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.process.kill(signal)
    return this.#exited
  }

  /** The first match of a pattern in what the program has written; fails if it ends without having written it. */
  async waitForOutput(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    const source = this.process[stream] as Readable
    const closed = once(source, 'close')
    for (;;) {
      const match = pattern.exec(this[stream])
      if (match !== null) return match
      if (source.closed) throw new Error(`ended without saying ${pattern}:\n${this.stdout}${this.stderr}`)
      await Promise.race([once(source, 'data'), closed])
    }
  }

  /** The URL that the program prints when it listens. */
  async url(): Promise<string> {
    return (await this.waitForOutput(/http:\/\/127\.0\.0\.1:\d+/))[0]
  }

  /** Where the start line says that scrapes are answered. */
  async metricsUrl(): Promise<string> {
    return (await this.waitForOutput(/metrics at (\S+)/, 'stderr'))[1] as string
  }
}

/** This process's variables without settings of any telemetry, which a developer may have. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_OPTIONS$)/.test(key)),
  )
}

/** Asks `probe` until it has an answer, none that is false; for what another process does in its own time. */
export function eventually<Value>(probe: () => Promise<Value | undefined>): Promise<Value> {
  return vi.waitUntil(probe, { interval: 10, timeout: DEADLINE_MS }) as Promise<Value>
}

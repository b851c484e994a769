import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { INSTALLED } from './installed-package.ts'

const REGISTER = join(INSTALLED, '@vr/otel/dist/register.js')

/** The Node options that start telemetry, by module system of the program. */
export const FLAGS = {
  esm: ['--import', pathToFileURL(REGISTER).href],
  cjs: ['--require', REGISTER],
} as const

/** Time limit for starting, and for the end of all requests. */
const DEADLINE_MS = 20_000

/** A request as the application logged it. */
export interface LoggedRequest {
  readonly id?: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly stream: boolean
  /** Expected outcome, if it is a stream. */
  readonly outcome: string
}

/** An application in its own process. */
export class RunningApplication {
  readonly origin: string
  readonly #child: ChildProcess
  readonly #output: { text: string }

  private constructor(child: ChildProcess, port: number, output: { text: string }) {
    this.#child = child
    this.#output = output
    this.origin = `http://127.0.0.1:${port}`
  }

  /**
   * Starts the program `file` of `folder` and waits until it listens.
   * @param args of the program
   */
  static async start(
    node: string,
    flags: readonly string[],
    folder: string,
    file: string,
    env: NodeJS.ProcessEnv,
    args: readonly string[] = [],
  ): Promise<RunningApplication> {
    const child = fork(join(folder, file), args, {
      cwd: folder,
      execPath: node,
      execArgv: [...flags],
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    started.add(child)
    const output = { text: '' }
    child.stdout?.on('data', (data) => (output.text += data))
    child.stderr?.on('data', (data) => (output.text += data))
    const { promise, resolve, reject } = Promise.withResolvers<{ port: number }>()
    child.once('message', (message) => resolve(message as { port: number }))
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it listened:\n${output.text}`)))
    const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
    const { port } = await promise
    clearTimeout(deadline)
    return new RunningApplication(child, port, output)
  }

  /** Its output without lines of telemetry, stack frames and durations. */
  get output(): string {
    const lines = this.#output.text.split('\n')
    return lines
      .filter((line) => !line.startsWith('@vr/otel') && !/^\s+at /.test(line))
      .join('\n')
      .replaceAll(/\d+ms/g, '0ms')
  }

  /** Messages of telemetry, without the start line. */
  get reports(): readonly string[] {
    return this.#output.text.split('\n').filter((line) => /^@vr\/otel \w+:/.test(line))
  }

  /** Waits until `count` requests have ended and returns the log; throws if there are more. */
  async requestLog(count: number): Promise<readonly LoggedRequest[]> {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      const rows = await this.ask<readonly LoggedRequest[]>('rows')
      if (rows.length > count) throw new Error(`${rows.length} requests have ended, expected ${count}`)
      if (rows.length === count) return rows
      if (performance.now() > deadline) throw new Error(`${rows.length} of ${count} requests have ended`)
      await new Promise((then) => setTimeout(then, 5))
    }
  }

  /** Sends a question to the application and returns the rows of its answer. */
  async ask<Rows>(question: string): Promise<Rows> {
    const { promise, resolve } = Promise.withResolvers<{ rows: Rows }>()
    this.#child.once('message', (message) => resolve(message as { rows: Rows }))
    this.#child.send(question)
    return (await promise).rows
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#child.once('close', () => resolve())
    this.#child.kill('SIGKILL')
    await promise
    started.delete(this.#child)
  }
}

const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

/** The environment without settings of any telemetry, Node and npm. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_|npm_|FORCE_COLOR$)/.test(key))
  return { ...Object.fromEntries(own), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
}

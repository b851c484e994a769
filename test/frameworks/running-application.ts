import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const REGISTER = join(import.meta.dirname, '../../packages/otel/dist/register.js')

/** The options of Node that start telemetry, as they are typed in front of a program of either sort. */
export const FLAGS = {
  esm: ['--import', pathToFileURL(REGISTER).href],
  cjs: ['--require', REGISTER],
} as const

/** What has not ended by then will not. */
const DEADLINE_MS = 20_000

/** A row of the ledger that an application keeps. */
export interface LoggedRequest {
  readonly id?: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly stream: boolean
  /** How it ended, if it is a stream. */
  readonly outcome: string
}

/** An application in a process of its own. */
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

  /** What it has written, without what telemetry says, where in the code an error was thrown, and times. */
  get output(): string {
    const lines = this.#output.text.split('\n')
    return lines
      .filter((line) => !line.startsWith('@vr/otel') && !/^\s+at /.test(line))
      .join('\n')
      .replaceAll(/\d+ms/g, '0ms')
  }

  /** What telemetry has reported, without the line that tells what was started. */
  get reports(): readonly string[] {
    return this.#output.text.split('\n').filter((line) => /^@vr\/otel \w+:/.test(line))
  }

  /** The ledger, once it has `count` rows: everything that was asked for has ended. */
  async requestLog(count: number): Promise<readonly LoggedRequest[]> {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<{ rows: LoggedRequest[] }>()
      this.#child.once('message', (message) => resolve(message as { rows: LoggedRequest[] }))
      this.#child.send('rows')
      const { rows } = await promise
      if (rows.length >= count) return rows
      if (performance.now() > deadline) throw new Error(`${rows.length} of ${count} requests have ended`)
      await new Promise((then) => setTimeout(then, 5))
    }
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

/** Without settings of any telemetry, and without those of the Node and the npm that run this. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_|npm_|FORCE_COLOR$)/.test(key))
  return { ...Object.fromEntries(own), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
}

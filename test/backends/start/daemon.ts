import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from './wait.ts'

/** Time limit for a backend to exit after SIGTERM. Tempo takes a minute if a query is pending. */
const GRACE_MS = 2000
const MAX_OUTPUT = 100_000

const running = new Set<Daemon>()

process.on('exit', () => {
  for (const daemon of running) daemon.kill()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Stops all running backends. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((daemon) => daemon.stop()))
}

/** A running backend, with a temporary folder that is removed when it is stopped. */
export class Daemon {
  readonly folder: string
  readonly #name: string
  #child: ChildProcess | undefined
  #output = ''

  constructor(name: string) {
    this.#name = name
    this.folder = mkdtempSync(join(tmpdir(), `vr-otel-${name}-`))
    running.add(this)
  }

  /** Starts the program and waits until `isReady` resolves with a value. */
  async start(
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    isReady: () => Promise<unknown>,
  ): Promise<void> {
    const child = spawn(file, args, {
      cwd: this.folder,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-MAX_OUTPUT)
      })
    }
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${this.#name} exited with code ${code}\n${this.#output.slice(-2000)}`)
    })
    ended.catch(() => {})
    await Promise.race([
      ended,
      waitFor(`answer of ${this.#name}`, async () => (await isReady()) || undefined),
    ])
  }

  /** Stops the program and removes its folder. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await exit
      clearTimeout(killer)
    }
    this.kill()
  }

  /** Kills the program and removes its folder. */
  kill(): void {
    running.delete(this)
    this.#child?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Returns the environment without telemetry settings, because some backends trace themselves. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|VR|JAEGER)_/.test(key))
  return { ...Object.fromEntries(inherited), ...more }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../backends/start/ports.ts'
import { Ledger } from './ledger.ts'
import type { End, LedgerProcesses, OrderlyEnd, Worker } from './ledger-processes.ts'

const TEST_FOLDER = fileURLToPath(new URL('..', import.meta.url))

interface Report extends Worker {
  readonly event: 'listening' | 'exit'
}

/** The application `cluster-ledger.mjs`, started with `--import @vr/otel/register`. */
export class LedgerCluster implements LedgerProcesses {
  readonly url: string
  readonly metricsPortUrl: string
  /** Output on stdout and stderr. */
  output = ''
  readonly #folder: string
  readonly #primary: ChildProcess
  readonly #living = new Map<number, Worker>()
  readonly #ends = new Map<number, End>()
  readonly #changes = new EventEmitter()
  #started = 0

  private constructor(folder: string, primary: ChildProcess, port: number, metricsPort: number) {
    this.#folder = folder
    this.#primary = primary
    this.url = `http://127.0.0.1:${port}`
    this.metricsPortUrl = `http://127.0.0.1:${metricsPort}/metrics`
    for (const stream of [primary.stdout, primary.stderr]) stream?.on('data', (data) => (this.output += data))
    primary.on('message', (report: Report) => this.#onReport(report))
    primary.once('exit', () => this.#changes.emit('change'))
    process.on('exit', this.#killAll)
  }

  /** Starts the primary and waits until all workers listen. */
  static async start(workers: number, env: Readonly<Record<string, string>> = {}): Promise<LedgerCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'vr-otel-ledger-'))
    const [port = 0, metricsPort = 0] = await freePorts(2)
    const inherited = Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_OPTIONS$)/.test(key))
    const primary = spawn(
      process.execPath,
      ['--import', '@vr/otel/register', join(TEST_FOLDER, 'apps/cluster-ledger.mjs')],
      {
        cwd: TEST_FOLDER,
        env: {
          ...Object.fromEntries(inherited),
          WORKERS: String(workers),
          LEDGER: folder,
          PORT: String(port),
          VR_METRICS_PORT: String(metricsPort),
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    )
    const cluster = new LedgerCluster(folder, primary, port, metricsPort)
    await cluster.waitForWorkers(workers)
    return cluster
  }

  /** The URL that the workers share. */
  get urls(): readonly string[] {
    return [this.url]
  }

  get metricsUrls(): readonly string[] {
    return [`${this.url}/metrics`]
  }

  /** Process id of the primary. */
  get primaryPid(): number {
    return this.#primary.pid as number
  }

  get living(): readonly Worker[] {
    return [...this.#living.values()]
  }

  get started(): number {
    return this.#started
  }

  endOf(worker: number): End | undefined {
    return this.#ends.get(worker)
  }

  async waitForWorkers(count: number): Promise<void> {
    while (this.#living.size !== count) {
      if (this.#primary.exitCode !== null) throw new Error(`the primary has exited:\n${this.output}`)
      await once(this.#changes, 'change')
    }
  }

  kill({ number, pid }: Worker): void {
    this.#ends.set(number, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
  }

  stop({ pid }: Worker): void {
    process.kill(pid, 'SIGSTOP')
  }

  continue({ pid }: Worker): void {
    process.kill(pid, 'SIGCONT')
  }

  end({ number, pid }: Worker, how: OrderlyEnd): void {
    this.#ends.set(number, how)
    if (how === 'SIGTERM') process.kill(pid, how)
    else this.#primary.send({ pid, how })
  }

  async ended({ number }: Worker): Promise<void> {
    while (this.#living.has(number)) await once(this.#changes, 'change')
  }

  ledger(worker: number): Ledger {
    return Ledger.read(this.#folder, worker)
  }

  /** Ends all processes and removes the ledger. */
  async close(): Promise<void> {
    const exit = once(this.#primary, 'exit')
    this.#killAll()
    await exit
    process.off('exit', this.#killAll)
    rmSync(this.#folder, { recursive: true })
  }

  readonly #killAll = (): void => {
    this.#primary.kill('SIGKILL')
    for (const { pid } of this.living) process.kill(pid, 'SIGKILL')
    this.#living.clear()
  }

  #onReport({ event, number, pid }: Report): void {
    this.#started = Math.max(this.#started, number + 1)
    if (event === 'listening') this.#living.set(number, { number, pid })
    else this.#living.delete(number)
    this.#changes.emit('change')
  }
}

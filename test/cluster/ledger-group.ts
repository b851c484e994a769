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

interface GroupProcess extends Worker {
  readonly process: ChildProcess
  /** Undefined until it listens. */
  url: string | undefined
}

/** Processes of the application `group-ledger.mjs` that share their metrics by `VR_CLUSTER_SOCKET`. Each has a port of its own. */
export class LedgerGroup implements LedgerProcesses {
  readonly metricsPortUrl: string
  /** Output on stdout and stderr. */
  output = ''
  readonly #folder = mkdtempSync(join(tmpdir(), 'vr-group-'))
  readonly #env: Record<string, string>
  readonly #processes = new Map<number, GroupProcess>()
  readonly #ends = new Map<number, End>()
  readonly #changes = new EventEmitter()
  #started = 0
  #isClosed = false

  private constructor(metricsPort: number, env: Readonly<Record<string, string>>) {
    this.metricsPortUrl = `http://127.0.0.1:${metricsPort}/metrics`
    const inherited = Object.entries(process.env).filter(([key]) => !/^(VR_|OTEL_|NODE_OPTIONS$)/.test(key))
    this.#env = {
      ...Object.fromEntries(inherited as [string, string][]),
      LEDGER: this.#folder,
      VR_CLUSTER_SOCKET: join(this.#folder, 'metrics'),
      VR_METRICS_PORT: String(metricsPort),
      ...env,
    }
    process.on('exit', this.#killAll)
  }

  /** Starts processes, and waits until all listen. A process that ends is replaced. */
  static async start(count: number, env: Readonly<Record<string, string>> = {}): Promise<LedgerGroup> {
    const [metricsPort = 0] = await freePorts(1)
    const group = new LedgerGroup(metricsPort, env)
    for (let index = 0; index < count; index++) group.#start()
    await group.waitForWorkers(count)
    return group
  }

  get living(): readonly Worker[] {
    return [...this.#processes.values()].filter(({ url }) => url !== undefined)
  }

  /** URLs of the processes that listen. */
  get urls(): readonly string[] {
    return [...this.#processes.values()].flatMap(({ url }) => url ?? [])
  }

  /** URLs of the metrics of the processes that listen. The fragment is the number of the process: a port may be used again. */
  get metricsUrls(): readonly string[] {
    return [...this.#processes.values()].flatMap(({ url, number }) =>
      url === undefined ? [] : `${url}/metrics#${number}`,
    )
  }

  get started(): number {
    return this.#started
  }

  endOf(worker: number): End | undefined {
    return this.#ends.get(worker)
  }

  async waitForWorkers(count: number): Promise<void> {
    while (this.living.length !== count) await once(this.#changes, 'change')
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
    else this.#processes.get(number)?.process.send({ how })
  }

  async ended({ number }: Worker): Promise<void> {
    while (this.#processes.has(number)) await once(this.#changes, 'change')
  }

  ledger(worker: number): Ledger {
    return Ledger.read(this.#folder, worker)
  }

  /** Ends all processes and removes the ledger. */
  async close(): Promise<void> {
    const exits = [...this.#processes.values()].map((each) => once(each.process, 'exit'))
    this.#killAll()
    await Promise.all(exits)
    process.off('exit', this.#killAll)
    rmSync(this.#folder, { recursive: true })
  }

  readonly #killAll = (): void => {
    this.#isClosed = true
    for (const each of this.#processes.values()) each.process.kill('SIGKILL')
  }

  #start(): void {
    const number = this.#started++
    const child = spawn(
      process.execPath,
      ['--import', '@vr/otel/register', join(TEST_FOLDER, 'apps/group-ledger.mjs')],
      {
        cwd: TEST_FOLDER,
        env: { ...this.#env, WORKER: String(number) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    )
    const started: GroupProcess = { number, pid: child.pid as number, process: child, url: undefined }
    this.#processes.set(number, started)
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data) => (this.output += `${number} ${data}`))
    child.once('message', ({ port }: { readonly port: number }) => {
      started.url = `http://127.0.0.1:${port}`
      this.#changes.emit('change')
    })
    child.once('exit', () => {
      this.#processes.delete(number)
      if (!this.#isClosed) this.#start()
      this.#changes.emit('change')
    })
  }
}

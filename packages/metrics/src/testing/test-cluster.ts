import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished, vi } from 'vitest'
import { Aggregator } from '../cluster/aggregator.ts'
import { acceptChild } from '../cluster/ipc-channel.ts'
import { createMemberKey } from '../cluster/member-key.ts'
import { MergedMetrics, type MergedMetricsOptions } from '../cluster/merged-metrics.ts'
import { PushEncoder } from '../cluster/push-encoder.ts'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { valuesOf } from './values-of.ts'

/** What a worker does: it records, and then acts. */
export interface WorkerCommand {
  /** Number of requests to count. */
  readonly add?: number
  /** Number of series to change. */
  readonly series?: number
  /** Messages that the application of the worker sends. */
  readonly echo?: readonly unknown[]
  /** Contents of messages that the worker sends as if they were those of its member. */
  readonly hostile?: readonly unknown[]
  readonly action?: 'exit' | 'throw' | 'report' | 'report after 50 ms' | 'sync' | 'measure memory'
}

/** Message of a worker to the application of the primary. */
export interface WorkerReport {
  readonly total: number
  /** Messages that the application of the worker has received, besides commands. */
  readonly received?: readonly unknown[]
  readonly complete?: boolean
  readonly ms?: number
  readonly hasState?: boolean
  readonly values?: Record<string, unknown>
  readonly heapUsed?: number
}

/** Options of {@link TestCluster.fork}. */
export interface WorkerOptions {
  /** Default: `cluster-worker.ts`. */
  readonly file?: URL
  readonly serialization?: 'json' | 'advanced'
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
}

/** A worker process of a {@link TestCluster}. */
export class TestWorker {
  readonly process: ChildProcess
  /** All messages that the application of the primary receives. */
  readonly messages: unknown[] = []
  readonly #closed: Promise<unknown>

  constructor(process: ChildProcess) {
    this.process = process
    process.on('message', (message) => this.messages.push(message))
    this.#closed = once(process, 'exit')
    onTestFinished(() => void process.kill('SIGKILL'))
  }

  /** Sends a command and returns the next report. */
  async run(command: WorkerCommand): Promise<WorkerReport> {
    const { promise, resolve } = Promise.withResolvers<WorkerReport>()
    const onMessage = (message: WorkerReport | null): void => {
      if (typeof message?.total === 'number') resolve(message)
    }
    this.process.on('message', onMessage)
    this.process.send(command)
    const report = await promise
    this.process.off('message', onMessage)
    return report
  }

  /** Sends a command that ends the process, and waits for its end. */
  async runAndEnd(command: WorkerCommand): Promise<void> {
    this.process.send(command)
    await this.#closed
  }

  /** Sends a signal that ends the process, and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal)
    await this.#closed
  }
}

/** An aggregator in this process, and its forked workers. */
export class TestCluster {
  readonly store: MergedMetrics
  readonly aggregator: Aggregator

  constructor(options: MergedMetricsOptions = {}) {
    this.store = new MergedMetrics(options)
    const tracker = new ChangeTracker()
    this.aggregator = new Aggregator({
      key: createMemberKey(),
      version: '1.0.0',
      store: this.store,
      tracker,
      encoder: new PushEncoder(tracker),
      resource: () => ({ 'service.name': 'test' }),
    })
    onTestFinished(() => this.aggregator.close())
  }

  /** Forks a worker, and waits until it runs. */
  async fork({
    file = new URL('cluster-worker.ts', import.meta.url),
    serialization = 'json',
    env = {},
    execArgv = [],
  }: WorkerOptions = {}): Promise<TestWorker> {
    const child = fork(file, {
      execArgv: [...execArgv],
      serialization,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    })
    const connection = this.aggregator.accept(acceptChild(child))
    child.once('exit', () => connection.exited())
    const worker = new TestWorker(child)
    await once(child, 'message')
    return worker
  }

  /** Returns the number of counted requests of all processes. */
  async requests(): Promise<number> {
    return Number((await valuesOf(this.store))['requests {}'] ?? 0)
  }

  /** Waits until no connection is left. */
  async allEnded(): Promise<void> {
    await vi.waitUntil(() => this.aggregator.stats.live + this.aggregator.stats.stale === 0, 5_000)
  }
}

import { eventually, RunningApp } from './running-app.ts'
import { OPENMETRICS, type Scrape, scrape } from './scrape.ts'

/** Options of a {@link ClusterApp}. */
export interface ClusterOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Whether the primary runs with the flag. Default: true. */
  readonly flag?: boolean
  /** Additional variables of a worker, by its id. */
  readonly workerEnv?: Readonly<Record<number, Readonly<Record<string, string>>>>
  /** Node options of the workers. Default: those of the primary. */
  readonly execArgv?: readonly string[]
  readonly workers?: number
}

/** The application `cluster.mjs`: a primary and workers that share a port. */
export class ClusterApp {
  readonly app: RunningApp
  readonly url: string
  /** Requests that each worker has answered, by its id. */
  readonly answered = new Map<string, number>()

  private constructor(app: RunningApp, url: string) {
    this.app = app
    this.url = url
  }

  static async start({ env = {}, flag = true, workerEnv = {}, execArgv, workers = 2 }: ClusterOptions = {}) {
    const ofWorkers = Object.entries(workerEnv).map(([id, more]) => [`WORKER_${id}`, JSON.stringify(more)])
    const app = new RunningApp('cluster.mjs', {
      ipc: true,
      flag,
      env: {
        ...env,
        WORKERS: String(workers),
        ...Object.fromEntries(ofWorkers),
        ...(execArgv === undefined ? {} : { EXEC_ARGV: JSON.stringify(execArgv) }),
      },
    })
    return new ClusterApp(app, await app.url())
  }

  /** Number of requests that were answered. */
  get total(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Sends requests on a new connection each, so that the primary distributes them over the workers. */
  async request(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const answer = await fetch(this.url, { headers: { connection: 'close' } })
      const worker = answer.headers.get('x-worker') as string
      await answer.text()
      this.answered.set(worker, (this.answered.get(worker) ?? 0) + 1)
    }
  }

  /** Sends a command to a worker, or with the id 0 to the primary. */
  command(id: number, name: string, ...args: readonly unknown[]): void {
    this.app.process.send([id, name, ...args])
  }

  /**
   * Scrapes a URL on a new connection, by default on the port of the application, where any worker answers, until no worker is
   * missing: on a busy machine one may not answer in time.
   */
  scrape(url = `${this.url}/metrics`): Promise<Scrape> {
    return eventually(async () => {
      const scraped = await scrape(url, OPENMETRICS, { connection: 'close' }).catch(onlyRefusedConnections)
      return scraped !== undefined && sumOf(scraped, 'vr_otel_scrape_complete') === 1 ? scraped : undefined
    })
  }

  /** Waits until a worker has ended, and returns its exit code or signal. */
  async ended(id: number): Promise<string> {
    return (await this.app.waitForOutput(new RegExp(`worker ${id} ended with (\\S+)`)))[1] as string
  }

  async kill(): Promise<void> {
    await this.app.kill('SIGKILL')
  }
}

/** Node may hand a connection to a worker that has just been killed: `fetch` then fails with a `TypeError`. */
function onlyRefusedConnections(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error
}

/** Returns the sum of all series of a name. */
export function sumOf(scraped: Scrape, name: string): number {
  return scraped.named(name).reduce((sum, { value }) => sum + value, 0)
}

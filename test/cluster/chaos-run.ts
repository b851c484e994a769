import { type DisturbanceOptions, Disturbances } from './disturbances.ts'
import { Growth } from './growth.ts'
import type { LedgerProcesses } from './ledger-processes.ts'
import { Load } from './load.ts'
import { Random } from './random.ts'
import { figuresOf, Scraper, scrapeFamilies } from './scraper.ts'
import { lostJobs, wrongTotals } from './totals.ts'

/** Environment of the processes: few buckets, so that the strict parser keeps up with 20 scrapes per second. */
export const FEW_BUCKETS: Readonly<Record<string, string>> = Object.fromEntries(
  ['HTTP', 'SSE', 'TTFE', 'GAP'].map((family) => [`VR_METRICS_BUCKETS_${family}`, '0.01,0.1']),
)

/** Processes with the URLs of their servers. */
export interface ChaosProcesses extends LedgerProcesses {
  /** URLs of the application. */
  readonly urls: readonly string[]
  /** URLs of the metrics on the servers of the application. */
  readonly metricsUrls: readonly string[]
  readonly metricsPortUrl: string
}

/** Options of {@link ChaosRun}. */
export interface ChaosOptions {
  /** Default 12. */
  readonly clients?: number
  readonly disturbances?: DisturbanceOptions
}

/** Load, scrapes and disturbances of processes that share their metrics. */
export class ChaosRun {
  /** `TEST_CHAOS_SECONDS`, or the default of the test. */
  readonly seconds: number
  readonly growth = new Growth()
  readonly disturbances: Disturbances
  readonly onApplication: Scraper
  readonly onMetricsPort: Scraper
  /** Repeats the schedule if it is passed as `TEST_CHAOS_SEED`. */
  readonly #seed = Number(process.env['TEST_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  readonly #processes: ChaosProcesses
  readonly #load: Load

  /** Starts the load and the scrapes. */
  constructor(processes: ChaosProcesses, seconds: number, options: ChaosOptions = {}) {
    const random = new Random(this.#seed + 2)
    this.seconds = seconds
    this.#processes = processes
    this.disturbances = new Disturbances(processes, new Random(this.#seed), options.disturbances)
    this.#load = new Load(() => random.pick(processes.urls), new Random(this.#seed + 1), options.clients)
    this.onApplication = new Scraper(() => random.pick(processes.metricsUrls), this.growth)
    this.onMetricsPort = new Scraper(() => processes.metricsPortUrl, this.growth)
  }

  /** Disturbs the processes, then ends the load and the scrapes. Resolves when all processes listen again. */
  async run(): Promise<void> {
    const count = this.#processes.living.length
    await this.disturbances.run(this.seconds)
    await this.#load.stop()
    await Promise.all([this.onApplication.stop(), this.onMetricsPort.stop()])
    await this.#processes.waitForWorkers(count)
  }

  /** Returns the metrics at a URL that differ from the ledgers. */
  async wrongTotals(url: string): Promise<string[]> {
    const families = await scrapeFamilies(url)
    return this.#workers.flatMap((worker) =>
      wrongTotals(families, worker, this.#processes.ledger(worker), this.#processes.endOf(worker)),
    )
  }

  /** Returns the figures, with the seed. */
  async report(): Promise<string> {
    const processes = this.#processes
    const families = await scrapeFamilies(processes.metricsPortUrl)
    const killed = this.#workers.filter((worker) => processes.endOf(worker) === 'SIGKILL')
    const lost = killed.map((worker) => lostJobs(families, worker, processes.ledger(worker)))
    return [
      `TEST_CHAOS_SEED=${this.#seed} TEST_CHAOS_SECONDS=${this.seconds}`,
      `processes: ${processes.started} started; ${JSON.stringify(this.disturbances.counts)}`,
      `requests: ${this.#load.answered} answered, ${this.#load.failed} failed; ${this.growth.series} series compared`,
      `jobs that ${killed.length} killed processes lost: ${lost.join(' ')}`,
      figuresOf('metrics port', this.onMetricsPort),
      figuresOf('application', this.onApplication),
    ].join('\n')
  }

  get #workers(): number[] {
    return Array.from({ length: this.#processes.started }, (_, worker) => worker)
  }
}

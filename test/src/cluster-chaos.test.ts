import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Disturbances } from '../cluster/disturbances.ts'
import { Growth } from '../cluster/growth.ts'
import { LedgerCluster } from '../cluster/ledger-cluster.ts'
import { Load } from '../cluster/load.ts'
import { Random } from '../cluster/random.ts'
import { type Answer, figuresOf, Scraper, sampleValue, scrapeFamilies } from '../cluster/scraper.ts'
import { jobsOfAllWorkers, lostJobs, wrongTotals } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const SECONDS = Number(process.env['TEST_CHAOS_SECONDS'] ?? 20)
const SEED = Number(process.env['TEST_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const WORKERS = 4
/** A scrape that started so soon after a worker was stopped can share the answers to an earlier scrape. */
const SHARED_MS = 100
/** Few buckets, so that the strict parser keeps up with 20 scrapes per second. */
const BUCKETS = Object.fromEntries(
  ['HTTP', 'SSE', 'TTFE', 'GAP'].map((family) => [`VR_METRICS_BUCKETS_${family}`, '0.01,0.1']),
)
const IN_FLIGHT = [
  'ledger_open',
  'vllm_responses_http_in_flight_requests',
  'vllm_responses_sse_connections_in_flight',
]

describe(`${WORKERS} workers under load for ${SECONDS} s, one of them killed, stopped or ended every 2 s`, () => {
  const growth = new Growth()
  let cluster: LedgerCluster
  let disturbances: Disturbances
  let load: Load
  let onApplication: Scraper
  let onMetricsPort: Scraper

  beforeAll(
    async () => {
      cluster = await LedgerCluster.start(WORKERS, BUCKETS)
      disturbances = new Disturbances(cluster, new Random(SEED))
      load = new Load(() => cluster.url, new Random(SEED + 1))
      onApplication = new Scraper(() => `${cluster.url}/metrics`, growth)
      onMetricsPort = new Scraper(() => cluster.metricsPortUrl, growth)
      await disturbances.run(SECONDS)
      await load.stop()
      await Promise.all([onApplication.stop(), onMetricsPort.stop()])
      await cluster.waitForWorkers(WORKERS)
    },
    SECONDS * 1000 + 60_000,
  )

  afterAll(async () => {
    try {
      await report()
    } finally {
      await cluster.close()
    }
  })

  it('no counter, sum, count or bucket falls or vanishes on any endpoint', () => {
    expect(growth.series).toBeGreaterThan(100)
    expect(growth.problems).toEqual([])
  })

  it('every scrape is answered with 200 and a valid exposition, unless its worker has ended, is stopped, or has no state yet', () => {
    expect(onMetricsPort.answers.length).toBeGreaterThan(SECONDS)
    expect([...onMetricsPort.problems, ...onApplication.problems]).toEqual([])
    expect(onMetricsPort.unanswered + onMetricsPort.tooEarly).toBe(0)
    expect(onApplication.tooEarly).toBeLessThanOrEqual(cluster.started)
    expect(onApplication.unanswered).toBeLessThanOrEqual(disturbed())
  })

  it('all scrapes during the stop of a worker are incomplete, and scrapes are complete afterwards', async () => {
    const answers = [...onMetricsPort.answers, ...onApplication.answers]
    expect(answers.filter(isDuringStop).length).toBeGreaterThan(0)
    expect(answers.filter((answer) => answer.isComplete && isDuringStop(answer))).toEqual([])
    await eventually(async () => {
      const families = await scrapeFamilies(cluster.metricsPortUrl)
      return sampleValue(families, 'vr_otel_scrape_complete') === 1
    })
  })

  it('a killed worker lacks at most its last 50 ms of running time; every other worker has exactly its own counts', async () => {
    for (const url of [cluster.metricsPortUrl, `${cluster.url}/metrics`]) {
      await eventually(async () => (await wrong(url)).length === 0).catch(() => {})
      expect(await wrong(url)).toEqual([])
    }
  })

  it('a series that all workers share is the sum over living and ended workers', async () => {
    const [shared, sum] = jobsOfAllWorkers(await scrapeFamilies(cluster.metricsPortUrl))
    expect(shared).toBeGreaterThan(0)
    expect(shared).toBe(sum)
  })

  it('nothing is in flight when the load has ended', async () => {
    const values = async () => {
      const families = await scrapeFamilies(cluster.metricsPortUrl)
      return IN_FLIGHT.map((name) => sampleValue(families, name) ?? 0)
    }
    await eventually(async () => (await values()).every((value) => value === 0)).catch(() => {})
    expect(await values()).toEqual([0, 0, 0])
  })

  function disturbed(): number {
    return Object.values(disturbances.counts).reduce((sum, count) => sum + count, 0)
  }

  function isDuringStop({ start, end }: Answer): boolean {
    return disturbances.stops.some((stop) => start >= stop.start + SHARED_MS && end <= stop.end)
  }

  async function wrong(url: string): Promise<string[]> {
    const families = await scrapeFamilies(url)
    return Array.from({ length: cluster.started }, (_, worker) =>
      wrongTotals(families, worker, cluster.ledger(worker), cluster.endOf(worker)),
    ).flat()
  }

  /** Prints the figures, with the seed that repeats the schedule. */
  async function report(): Promise<void> {
    const families = await scrapeFamilies(cluster.metricsPortUrl)
    const killed = Array.from({ length: cluster.started }, (_, worker) => worker).filter(
      (worker) => cluster.endOf(worker) === 'SIGKILL',
    )
    const lost = killed.map((worker) => lostJobs(families, worker, cluster.ledger(worker)))
    console.log(
      [
        `TEST_CHAOS_SEED=${SEED} TEST_CHAOS_SECONDS=${SECONDS}`,
        `workers: ${cluster.started} started; ${JSON.stringify(disturbances.counts)}`,
        `requests: ${load.answered} answered, ${load.failed} failed; ${growth.series} series compared`,
        `jobs that ${killed.length} killed workers lost: ${lost.join(' ')}`,
        ...figuresOf('metrics port', onMetricsPort),
        figuresOf('application', onApplication),
      ].join('\n'),
    )
  }
})

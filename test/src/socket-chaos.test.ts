import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Disturbances } from '../cluster/disturbances.ts'
import { Growth } from '../cluster/growth.ts'
import { LedgerGroup } from '../cluster/ledger-group.ts'
import { Load } from '../cluster/load.ts'
import { Random } from '../cluster/random.ts'
import { figuresOf, Scraper, scrapeFamilies } from '../cluster/scraper.ts'
import { lostJobs, wrongTotals } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const SECONDS = Number(process.env['TEST_CHAOS_SECONDS'] ?? 10)
const SEED = Number(process.env['TEST_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const PROCESSES = 6
const CLIENTS = 4
const PERIOD_MS = 500
/** Few buckets, so that the strict parser keeps up with 20 scrapes per second. */
const BUCKETS = Object.fromEntries(
  ['HTTP', 'SSE', 'TTFE', 'GAP'].map((family) => [`VR_METRICS_BUCKETS_${family}`, '0.01,0.1']),
)

describe(`${PROCESSES} processes that share metrics over a socket, under load for ${SECONDS} s, one of them killed, stopped or ended at a time`, () => {
  const growth = new Growth()
  let group: LedgerGroup
  let disturbances: Disturbances
  let load: Load
  let onApplication: Scraper
  let onMetricsPort: Scraper

  beforeAll(
    async () => {
      group = await LedgerGroup.start(PROCESSES, BUCKETS)
      const random = new Random(SEED)
      disturbances = new Disturbances(group, random, { periodMs: PERIOD_MS, isSequential: true })
      load = new Load(() => random.pick(group.urls), new Random(SEED + 1), CLIENTS)
      onApplication = new Scraper(() => random.pick(group.metricsUrls), growth)
      onMetricsPort = new Scraper(() => group.metricsPortUrl, growth)
      await disturbances.run(SECONDS)
      await load.stop()
      await Promise.all([onApplication.stop(), onMetricsPort.stop()])
      await group.waitForWorkers(PROCESSES)
    },
    SECONDS * 1000 + 60_000,
  )

  afterAll(async () => {
    try {
      await report()
    } finally {
      await group.close()
    }
  })

  it('no counter, sum, count or bucket falls or vanishes on any endpoint', () => {
    expect(growth.series).toBeGreaterThan(100)
    expect(growth.problems).toEqual([])
  })

  it('every scrape that is answered has the status 200 and a valid exposition, or 503 before the first state of the process', () => {
    expect(onMetricsPort.answers.length).toBeGreaterThan(SECONDS)
    expect([...onMetricsPort.problems, ...onApplication.problems]).toEqual([])
    expect(onMetricsPort.tooEarly).toBe(0)
    expect(onApplication.lostState).toEqual([])
  })

  it('a killed process lacks at most its last 50 ms of running time; every other process has exactly its own counts', async () => {
    for (const url of [group.metricsPortUrl, ...group.metricsUrls]) {
      await eventually(async () => (await wrong(url)).length === 0).catch(() => {})
      expect(await wrong(url)).toEqual([])
    }
  })

  async function wrong(url: string): Promise<string[]> {
    const families = await scrapeFamilies(url)
    return Array.from({ length: group.started }, (_, worker) =>
      wrongTotals(families, worker, group.ledger(worker), group.endOf(worker)),
    ).flat()
  }

  /** Prints the figures, with the seed that repeats the schedule. */
  async function report(): Promise<void> {
    const families = await scrapeFamilies(group.metricsPortUrl)
    const killed = Array.from({ length: group.started }, (_, worker) => worker).filter(
      (worker) => group.endOf(worker) === 'SIGKILL',
    )
    const lost = killed.map((worker) => lostJobs(families, worker, group.ledger(worker)))
    console.log(
      [
        `TEST_CHAOS_SEED=${SEED} TEST_CHAOS_SECONDS=${SECONDS}`,
        `processes: ${group.started} started; ${JSON.stringify(disturbances.counts)}`,
        `aggregators: ${group.output.split('metrics at').length - 1}`,
        `requests: ${load.answered} answered, ${load.failed} failed; ${growth.series} series compared`,
        `jobs that ${killed.length} killed processes lost: ${lost.join(' ')}`,
        figuresOf('metrics port', onMetricsPort),
        figuresOf('application', onApplication),
      ].join('\n'),
    )
  }
})

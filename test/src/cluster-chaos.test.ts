import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChaosRun, FEW_BUCKETS } from '../cluster/chaos-run.ts'
import { LedgerCluster } from '../cluster/ledger-cluster.ts'
import { type Answer, sampleValue, scrapeFamilies } from '../cluster/scraper.ts'
import { jobsOfAllWorkers } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const SECONDS = Number(process.env['TEST_CHAOS_SECONDS'] ?? 20)
const WORKERS = 4
/** A scrape that started so soon after a worker was stopped can share the answers to an earlier scrape. */
const SHARED_MS = 100
const IN_FLIGHT = [
  'ledger_open',
  'vllm_responses_http_in_flight_requests',
  'vllm_responses_sse_connections_in_flight',
]

describe(`${WORKERS} workers under load for ${SECONDS} s, one of them killed, stopped or ended every 2 s`, () => {
  let cluster: LedgerCluster
  let chaos: ChaosRun

  beforeAll(
    async () => {
      cluster = await LedgerCluster.start(WORKERS, FEW_BUCKETS)
      chaos = new ChaosRun(cluster, SECONDS)
      await chaos.run()
    },
    SECONDS * 1000 + 60_000,
  )

  afterAll(async () => {
    try {
      console.log(await chaos.report())
    } finally {
      await cluster.close()
    }
  })

  it('no counter, sum, count or bucket falls or vanishes on any endpoint', () => {
    expect(chaos.growth.series).toBeGreaterThan(100)
    expect(chaos.growth.problems).toEqual([])
  })

  it('every scrape is answered with 200 and a valid exposition, unless its worker has ended, is stopped, or has no state yet', () => {
    expect(chaos.onMetricsPort.answers.length).toBeGreaterThan(SECONDS)
    expect([...chaos.onMetricsPort.problems, ...chaos.onApplication.problems]).toEqual([])
    expect(chaos.onMetricsPort.unanswered + chaos.onMetricsPort.tooEarly).toBe(0)
    expect(chaos.onApplication.tooEarly).toBeLessThanOrEqual(cluster.started)
    expect(chaos.onApplication.unanswered).toBeLessThanOrEqual(disturbed())
  })

  it('all scrapes during the stop of a worker are incomplete, and scrapes are complete afterwards', async () => {
    const answers = [...chaos.onMetricsPort.answers, ...chaos.onApplication.answers]
    expect(answers.filter(isDuringStop).length).toBeGreaterThan(0)
    expect(answers.filter((answer) => answer.isComplete && isDuringStop(answer))).toEqual([])
    await eventually(async () => {
      const families = await scrapeFamilies(cluster.metricsPortUrl)
      return sampleValue(families, 'vr_otel_scrape_complete') === 1
    })
  })

  it('a killed worker lacks at most its last 50 ms of running time; every other worker has exactly its own counts', async () => {
    for (const url of [cluster.metricsPortUrl, ...cluster.metricsUrls]) {
      await eventually(async () => (await chaos.wrongTotals(url)).length === 0).catch(() => {})
      expect(await chaos.wrongTotals(url)).toEqual([])
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
    return Object.values(chaos.disturbances.counts).reduce((sum, count) => sum + count, 0)
  }

  function isDuringStop({ start, end }: Answer): boolean {
    return chaos.disturbances.stops.some((stop) => start >= stop.start + SHARED_MS && end <= stop.end)
  }
})

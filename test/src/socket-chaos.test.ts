import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChaosRun, FEW_BUCKETS } from '../cluster/chaos-run.ts'
import { LedgerGroup } from '../cluster/ledger-group.ts'
import { eventually } from './running-app.ts'

const SECONDS = Number(process.env['TEST_CHAOS_SECONDS'] ?? 10)
const PROCESSES = 6
const CLIENTS = 4
const PERIOD_MS = 500

describe(`${PROCESSES} processes that share metrics over a socket, under load for ${SECONDS} s, one of them killed, stopped or ended at a time`, () => {
  let group: LedgerGroup
  let chaos: ChaosRun

  beforeAll(
    async () => {
      group = await LedgerGroup.start(PROCESSES, FEW_BUCKETS)
      chaos = new ChaosRun(group, SECONDS, {
        clients: CLIENTS,
        disturbances: { periodMs: PERIOD_MS, isSequential: true },
      })
      await chaos.run()
    },
    SECONDS * 1000 + 60_000,
  )

  afterAll(async () => {
    try {
      console.log(`${await chaos.report()}\naggregators: ${group.output.split('metrics at').length - 1}`)
    } finally {
      await group.close()
    }
  })

  it('no counter, sum, count or bucket falls or vanishes on any endpoint', () => {
    expect(chaos.growth.series).toBeGreaterThan(100)
    expect(chaos.growth.problems).toEqual([])
  })

  it('every scrape that is answered has the status 200 and a valid exposition, or 503 before the first state of the process', () => {
    expect(chaos.onMetricsPort.answers.length).toBeGreaterThan(SECONDS)
    expect([...chaos.onMetricsPort.problems, ...chaos.onApplication.problems]).toEqual([])
    expect(chaos.onMetricsPort.tooEarly).toBe(0)
    expect(chaos.onApplication.lostState).toEqual([])
  })

  it('a killed process lacks at most its last 50 ms of running time; every other process has exactly its own counts', async () => {
    for (const url of [group.metricsPortUrl, ...group.metricsUrls]) {
      await eventually(async () => (await chaos.wrongTotals(url)).length === 0).catch(() => {})
      expect(await chaos.wrongTotals(url)).toEqual([])
    }
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { DeltaReceiver } from '../cluster/delta-receiver.ts'
import { Disturbances } from '../cluster/disturbances.ts'
import { LedgerCluster } from '../cluster/ledger-cluster.ts'
import { Load } from '../cluster/load.ts'
import { Random } from '../cluster/random.ts'
import { sampleValue, scrapeFamilies } from '../cluster/scraper.ts'
import { wrongTotals } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const SECONDS = Number(process.env['TEST_CHAOS_SECONDS'] ?? 8)
const SEED = Number(process.env['TEST_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const WORKERS = 3
/** OTLP names, and those of scrapes. */
const METRICS = [
  ['ledger.jobs', 'ledger_jobs_total'],
  ['ledger.sizes', 'ledger_sizes_count'],
  ['ledger.observed', 'ledger_observed_total'],
] as const

const receiver = new DeltaReceiver()
let cluster: LedgerCluster

beforeAll(
  async () => {
    console.log(`TEST_CHAOS_SEED=${SEED}`)
    cluster = await LedgerCluster.start(WORKERS, {
      VR_METRICS_EXPORTER: 'otlp,prometheus',
      VR_METRICS_TEMPORALITY: 'delta',
      VR_METRICS_EXPORT_INTERVAL_MS: '100',
      VR_OPENTELEMETRY_PROTOCOL: 'http/json',
      VR_OPENTELEMETRY_HOST: '127.0.0.1',
      VR_OPENTELEMETRY_PORT: String(await receiver.listen()),
    })
    const load = new Load(() => cluster.url, new Random(SEED + 1))
    await new Disturbances(cluster, new Random(SEED), { periodMs: 700 }).run(SECONDS)
    await load.stop()
    await cluster.waitForWorkers(WORKERS)
  },
  SECONDS * 1000 + 60_000,
)

afterAll(async () => {
  await cluster.close()
  receiver.close()
})

it('the sum of the deltas of workers that are killed, stopped or end is what a scrape and their ledgers have', async () => {
  const wrong = async () => {
    const families = await scrapeFamilies(cluster.metricsPortUrl)
    const workers = Array.from({ length: cluster.started }, (_, worker) => worker)
    return workers.flatMap((worker) => [
      ...wrongTotals(families, worker, cluster.ledger(worker), cluster.endOf(worker)),
      ...METRICS.map(([pushed, scraped]) => [
        receiver.sumOf(pushed, worker),
        sampleValue(families, scraped, { worker: String(worker) }) ?? 0,
        `worker ${worker}: ${pushed}`,
      ])
        .filter(([sum, value]) => sum !== value)
        .map((each) => each.join(' ')),
    ])
  }
  await eventually(async () => (await wrong()).length === 0).catch(() => {})
  expect(await wrong()).toEqual([])
  expect(receiver.negative.filter((name) => name !== 'ledger.open')).toEqual([])
  expect(receiver.sumOf('ledger.jobs', 0)).toBeGreaterThan(0)
  expect(cluster.started).toBeGreaterThan(WORKERS)
})

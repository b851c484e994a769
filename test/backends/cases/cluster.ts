/** A cluster that Prometheus scrapes on the port of the application, while all workers are replaced several times. */
import assert from 'node:assert/strict'
import { LedgerCluster } from '../../cluster/ledger-cluster.ts'
import { Load } from '../../cluster/load.ts'
import { Random } from '../../cluster/random.ts'
import type { PrometheusName, Stage } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

const WORKERS = 4
const RESTARTS = 3
const COUNTER = 'ledger_jobs_of_all_workers_total'
/** Longer than the case takes. */
const RANGE = '10m'

/** Returns the case for one Prometheus with the feature `promql-extended-range-selectors`. */
export function clusterCases(name: PrometheusName, title: string): Case[] {
  return [
    {
      name: `${title}: increase() over ${RESTARTS} rolling restarts of a cluster equals what its workers have counted`,
      needs: [name],
      run: async (stage) => {
        const cluster = await LedgerCluster.start(WORKERS, { VR_METRICS_PORT: '' })
        try {
          await checkIncrease(stage, name, cluster)
        } finally {
          await cluster.close()
        }
      },
    },
  ]
}

async function checkIncrease(stage: Stage, name: PrometheusName, cluster: LedgerCluster): Promise<void> {
  for (let request = 0; request < WORKERS; request++) await (await fetch(`${cluster.url}/json`)).text()
  const prometheus = await stage.scraping(name, cluster.url)
  const first = await waitFor(`${COUNTER} with its first value`, async () => {
    const values = await samplesOf(prometheus, cluster)
    return values[0] === WORKERS ? WORKERS : undefined
  })
  const load = new Load(() => cluster.url, new Random(1))
  for (let restart = 0; restart < RESTARTS; restart++) await replaceWorkers(cluster)
  await load.stop()
  const counted = countedJobs(cluster)
  const values = await waitFor(`${COUNTER} with its last value, ${counted}`, async () => {
    const all = await samplesOf(prometheus, cluster)
    return all.at(-1) === counted && all.at(-2) === counted ? all : undefined
  })
  assert.equal(cluster.started, WORKERS * (RESTARTS + 1))
  assert.equal(await valueOfQuery(prometheus, `resets(${selectorOf(cluster)}[${RANGE}])`), 0)
  assert.equal(
    await valueOfQuery(prometheus, `increase(${selectorOf(cluster)}[${RANGE}] anchored)`),
    counted - first,
  )
  // Extrapolated by at most 1.1 intervals between samples at each end.
  const extrapolated = (await valueOfQuery(prometheus, `increase(${selectorOf(cluster)}[${RANGE}])`)) ?? 0
  const ratio = extrapolated / (counted - first)
  assert.ok(
    ratio >= 1 && ratio <= 1 + 2.2 / (values.length - 1),
    `increase() is ${extrapolated} for ${counted - first}`,
  )
}

/** Ends all workers one after the other; each has been replaced when the next one ends. */
async function replaceWorkers(cluster: LedgerCluster): Promise<void> {
  for (const [number, worker] of cluster.living.entries()) {
    cluster.end(worker, number % 2 === 0 ? 'drain' : 'SIGTERM')
    await cluster.ended(worker)
    await cluster.waitForWorkers(WORKERS)
  }
}

function countedJobs(cluster: LedgerCluster): number {
  return Array.from({ length: cluster.started }, (_, worker) => cluster.ledger(worker).count('job')).reduce(
    (sum, count) => sum + count,
    0,
  )
}

function selectorOf(cluster: LedgerCluster): string {
  return `${COUNTER}{instance="${new URL(cluster.url).host}"}`
}

function samplesOf(prometheus: Prometheus, cluster: LedgerCluster): Promise<number[]> {
  return prometheus.samples(`${selectorOf(cluster)}[${RANGE}]`)
}

async function valueOfQuery(prometheus: Prometheus, query: string): Promise<number | undefined> {
  return (await prometheus.query(query))[0]?.value
}

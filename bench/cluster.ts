/**
 * A cluster whose metrics the primary aggregates: cost of a scrape, and what it lacks after a worker was killed or while one is
 * stopped.
 *
 *   npm run bench -- cluster [workers] [rounds] [requests per second and worker]
 *
 * Each worker has series for 5,000 lines of an exposition, and counts requests at a constant rate. All libraries take turns in one
 * run. Columns: CPU milliseconds of the primary per scrape, as the difference between one second with a scrape and one without;
 * duration of a scrape; CPU milliseconds of the primary per second without scrapes; longest event loop block of the primary during
 * a scrape, in CPU milliseconds; the share of its counts that the metrics lack after a worker was killed by SIGKILL 200 ms after
 * its last count; status and duration of a scrape while a worker is stopped by SIGSTOP. The values in brackets are ratios to
 * `@vr/otel`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ClusterUnderTest, type Library, signal } from './cluster-under-test.ts'
import { median, shuffled } from './statistics.ts'

const WORKERS = Number(process.argv[2] ?? 16) || 16
const ROUNDS = Number(process.argv[3] ?? 15) || 15
const RATE = Number(process.argv[4] ?? 20) || 20
const WINDOW_MS = 1000
const SETTLED_MS = 200
const FOLDED_MS = 2000
const WARM_UP_SCRAPES = 5

const LIBRARIES: readonly Library[] = ['@vr/otel', 'prom-client', '@prometheus-io/client']

interface Result {
  readonly scrapeCpuMs: number
  readonly scrapeMs: number
  readonly idleCpuMs: number
  readonly blockMs: number
}

/** Returns the CPU milliseconds of the primary in one second. */
async function cpuOfWindow(cluster: ClusterUnderTest, run: () => Promise<unknown>): Promise<number> {
  const before = await cluster.ask('cpu')
  await Promise.all([run(), delay(WINDOW_MS)])
  return (await cluster.ask('cpu')) - before
}

async function measure(cluster: ClusterUnderTest): Promise<Result> {
  const idleCpuMs = await cpuOfWindow(cluster, async () => {})
  let scrapeMs = 0
  const cpu = await cpuOfWindow(cluster, async () => {
    scrapeMs = (await cluster.scrape()).ms
  })
  await cluster.ask('start blocks')
  await cluster.scrape()
  const blockMs = await cluster.ask('longest block')
  return { scrapeCpuMs: cpu - idleCpuMs, scrapeMs, idleCpuMs, blockMs }
}

/** Returns the share of the counts of a killed worker that the metrics lack. */
async function lossAfterKill(cluster: ClusterUnderTest): Promise<number> {
  await cluster.ask(0)
  await delay(SETTLED_MS)
  const counts = await cluster.ask<number[]>('counts')
  signal(cluster.pids[0] as number, 'SIGKILL')
  await delay(FOLDED_MS)
  const all = counts.reduce((sum, count) => sum + count, 0)
  return (all - requestsIn((await cluster.scrape()).text)) / (counts[0] as number)
}

function requestsIn(text: string): number {
  return [...text.matchAll(/^requests_\d+_total\{.*\} (\S+)$/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )
}

const clusters: ClusterUnderTest[] = []
for (const library of LIBRARIES) clusters.push(await ClusterUnderTest.start(library, WORKERS))
const results = clusters.map((): Result[] => [])
for (const cluster of clusters) {
  await cluster.ask(RATE)
  for (let n = 0; n < WARM_UP_SCRAPES; n++) await cluster.scrape()
}
for (let round = 0; round < ROUNDS; round++) {
  for (const turn of shuffled(clusters.length)) {
    results[turn]?.push(await measure(clusters[turn] as ClusterUnderTest))
  }
}
console.log(`${WORKERS} workers, ${RATE} requests per second and worker, ${ROUNDS} rounds\n`)
printRow('library', [
  'scrape CPU ms',
  'scrape ms',
  'CPU ms per s',
  'longest block ms',
  'lost by a kill',
  'with a stopped worker',
])
for (const [n, library] of LIBRARIES.entries()) {
  const cluster = clusters[n] as ClusterUnderTest
  const lines = (await cluster.scrape()).text.split('\n').length
  const loss = await lossAfterKill(cluster)
  signal(cluster.pids[1] as number, 'SIGSTOP')
  const { status, ms } = await cluster.scrape()
  const cells = (['scrapeCpuMs', 'scrapeMs', 'idleCpuMs', 'blockMs'] as const).map((key) => {
    const [own, ours] = [results[n] as Result[], results[0] as Result[]]
    const ratio = median(own.map((result) => result[key])) / median(ours.map((result) => result[key]))
    return `${median(own.map((result) => result[key])).toFixed(1)} (${ratio.toFixed(2)})`
  })
  printRow(`${library} (${lines} lines)`, [
    ...cells,
    `${(loss * 100).toFixed(1)} %`,
    `${status}, ${ms.toFixed(0)} ms`,
  ])
}
for (const cluster of clusters) cluster.end()

function printRow(name: string, cells: readonly string[]): void {
  console.log(`${name.padEnd(38)} ${cells.map((cell) => cell.padStart(21)).join(' ')}`)
}

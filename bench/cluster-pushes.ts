/**
 * CPU time of a cluster worker that pushes its metrics to the primary, compared with one that does not.
 *
 *   npm run bench -- cluster-pushes [rounds] [requests per second]
 *
 * Both workers run `@vr/otel` and answer HTTP requests at the same constant rate from this process; the primary of the second one does
 * not run `@vr/otel`, so that its worker does not push. They take turns, two seconds each. "share" is the difference as a share of one
 * CPU and of the CPU time of the worker.
 */
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ClusterUnderTest } from './cluster-under-test.ts'
import { formatRatios, median, shuffled } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 20) || 20
const RATE = Number(process.argv[3] ?? 1000) || 1000
const ROUND_MS = 2000
const WARM_UP_MS = 8000
const CONNECTIONS = 16
const TICK_MS = 5

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })

/** Sends requests at the rate. */
async function load(port: number, ms: number): Promise<void> {
  const start = performance.now()
  const pending = new Set<Promise<void>>()
  let sent = 0
  for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - start) {
    for (; sent < (elapsed * RATE) / 1000; sent++) {
      const request = get(port).finally(() => pending.delete(request))
      pending.add(request)
    }
    await delay(TICK_MS)
  }
  await Promise.all(pending)
}

function get(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent }, (response) => response.on('end', resolve).resume())
      .on('error', reject)
  })
}

/** Returns the CPU milliseconds of the worker and of the primary per second of the load. */
async function measure(cluster: ClusterUnderTest): Promise<readonly [worker: number, primary: number]> {
  const usage = async () => [
    (await cluster.ask<number[]>('worker cpu'))[0] as number,
    await cluster.ask('cpu'),
  ]
  const [workerBefore = 0, primaryBefore = 0] = await usage()
  await load(cluster.port, ROUND_MS)
  const [workerAfter = 0, primaryAfter = 0] = await usage()
  const seconds = ROUND_MS / 1000
  return [(workerAfter - workerBefore) / seconds, (primaryAfter - primaryBefore) / seconds]
}

const clusters = [await ClusterUnderTest.start('@vr/otel', 1), await ClusterUnderTest.start('no pushes', 1)]
for (const cluster of clusters) await load(cluster.port, WARM_UP_MS)
const results = clusters.map((): (readonly [worker: number, primary: number])[] => [])
for (let round = 0; round < ROUNDS; round++) {
  for (const turn of shuffled(2)) results[turn]?.push(await measure(clusters[turn] as ClusterUnderTest))
}
const [pushing = [], silent = []] = results
const difference = median(pushing.map(([worker], round) => worker - (silent[round]?.[0] as number)))
const [worker, alone] = [pushing, silent].map((each) => median(each.map(([cpu]) => cpu))) as [number, number]
console.log(`${RATE} requests per second, ${ROUNDS} rounds; CPU milliseconds per second`)
console.log(`worker that pushes   ${worker.toFixed(1)}`)
console.log(`worker without       ${alone.toFixed(1)}`)
console.log(
  `ratio                ${formatRatios(pushing.map(([cpu], round) => cpu / (silent[round]?.[0] as number)))}`,
)
console.log(
  `share                ${(difference / 10).toFixed(2)} % of one CPU, ${((difference / alone) * 100).toFixed(1)} % of the worker`,
)
console.log(`primary, receiving   ${median(pushing.map(([, primary]) => primary)).toFixed(1)}`)
agent.destroy()
for (const cluster of clusters) cluster.end()

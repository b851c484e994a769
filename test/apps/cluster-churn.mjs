// A cluster whose workers are killed by SIGKILL as soon as their counts must have been pushed. For each number in MARKS, it prints a
// line of JSON after that many workers: the jobs that they counted, as scraped from VR_METRICS_PORT, and the memory of the primary.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { metrics } from '@opentelemetry/api'

const AT_ONCE = Number(process.env.AT_ONCE ?? 4)
/** Longer than a push may follow a change, and than the primary waits for the channel of an ended worker. */
const PUSHED_MS = 100
const FOLDED_MS = 1500
const SAMPLE_MS = 200
const LABEL_VALUES = 20

if (cluster.isPrimary) await runPrimary(process.env.MARKS.split(',').map(Number))
else runWorker()

async function runPrimary(marks) {
  let started = 0
  const runOne = async (number) => {
    const worker = cluster.fork({ LABEL: String(number % LABEL_VALUES) })
    const exit = once(worker, 'exit')
    const isCounted = await Promise.race([once(worker, 'message').then(() => true), exit.then(() => false)])
    if (!isCounted) throw new Error('a worker ended before it was killed')
    worker.process.kill('SIGKILL')
    await exit
  }
  const runUntil = async (mark) => {
    while (started < mark) {
      await runOne(started++)
    }
  }
  for (const mark of marks) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => runUntil(mark)))
    await delay(FOLDED_MS)
    console.log(JSON.stringify({ workers: started, jobs: await scrapeJobs(), ...(await memory()) }))
  }
  process.exit()
}

async function scrapeJobs() {
  const url = `http://127.0.0.1:${process.env.VR_METRICS_PORT}/metrics`
  const [response] = await once(get(url, { agent: false }), 'response')
  const values = [...(await text(response)).matchAll(/^churn_jobs_total\{.*\} (\S+)$/gm)]
  return values.reduce((sum, [, value]) => sum + Number(value), 0)
}

/** Returns the bytes in use after garbage collection. */
async function memory() {
  const samples = []
  for (let sample = 0; sample < 5; sample++) {
    await delay(SAMPLE_MS)
    globalThis.gc()
    const { heapUsed, rss, external } = process.memoryUsage()
    samples.push({ heapUsed: heapUsed + external, rss })
  }
  return Object.fromEntries(
    ['heapUsed', 'rss'].map((kind) => [kind, Math.min(...samples.map((sample) => sample[kind]))]),
  )
}

function runWorker() {
  const meter = metrics.getMeter('churn')
  const label = process.env.LABEL
  meter.createCounter('churn.jobs').add(1, { label })
  meter.createHistogram('churn.sizes').record(5, { label })
  meter.createUpDownCounter('churn.open').add(1, { label })
  createServer((_request, response) => response.end()).listen(0, '127.0.0.1', () => {
    setTimeout(() => process.send('counted'), PUSHED_MS)
  })
}

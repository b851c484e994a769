// A cluster whose workers are killed by SIGKILL as soon as their counts must have been pushed. For each number on the command line it
// prints the memory of the primary after that many workers, as a line of JSON.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { metrics } from '@opentelemetry/api'

const AT_ONCE = Number(process.env.AT_ONCE ?? 4)
/** Longer than a push may follow a change, and than the primary waits for the channel of an ended worker. */
const PUSHED_MS = 100
const FOLDED_MS = 1500
const LABEL_VALUES = 20

if (cluster.isPrimary) await runPrimary(process.argv.slice(2).map(Number))
else runWorker()

async function runPrimary(marks) {
  let started = 0
  const runOne = async () => {
    const worker = cluster.fork({ LABEL: String(started % LABEL_VALUES) })
    await once(worker, 'message')
    worker.process.kill('SIGKILL')
    await once(worker, 'exit')
  }
  const runUntil = async (mark) => {
    while (started < mark) {
      started++
      await runOne()
    }
  }
  for (const mark of marks) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => runUntil(mark)))
    console.log(JSON.stringify({ workers: started, ...(await memory()) }))
  }
  await once(process.stdin.resume(), 'end')
  process.exit()
}

/** Returns the bytes in use after garbage collection. */
async function memory() {
  const samples = []
  for (let sample = 0; sample < 5; sample++) {
    await delay(FOLDED_MS / 5)
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

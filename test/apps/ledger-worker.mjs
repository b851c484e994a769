// A process that serves requests and writes what it has counted into a ledger: a file with its number, WORKER, in the folder LEDGER,
// with one line per event and its monotonic time. A line is written synchronously, so the ledger of a killed process is complete.
// It ends as a message of its parent says.
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { metrics } from '@opentelemetry/api'
import { metricsHandler, setRoute } from '@vr/otel'

/** The loop was free between two ticks that are not further apart than twice this interval. */
const TICK_MS = 5
const BUSY_MS = 120
const EVENTS = 3
const EVENT_PAUSE_MS = 20

export function runWorker() {
  const number = process.env.WORKER
  const file = openSync(join(process.env.LEDGER, number), 'a')
  const write = (event) => writeSync(file, `${event} ${process.hrtime.bigint()}\n`)
  const meter = metrics.getMeter('ledger')
  const jobs = meter.createCounter('ledger.jobs')
  const allJobs = meter.createCounter('ledger.jobs_of_all_workers')
  const sizes = meter.createHistogram('ledger.sizes', { advice: { explicitBucketBoundaries: [1, 10] } })
  const open = meter.createUpDownCounter('ledger.open')
  let ended = 0
  meter
    .createObservableCounter('ledger.observed')
    .addCallback((result) => ended > 0 && result.observe(ended, { worker: number }))

  /** Counts a job in metrics and in the ledger. */
  function end() {
    ended++
    jobs.add(1, { worker: number })
    allJobs.add(1)
    sizes.record(ended % 12, { worker: number })
    open.add(-1)
    write('job')
  }

  async function streamEvents(response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    write('request')
    response.once('close', () => write('stream'))
    for (let event = 0; event < EVENTS && !response.destroyed; event++) {
      response.write(`data: ${event}\n\n`)
      await delay(EVENT_PAUSE_MS)
    }
    response.end()
  }

  const server = createServer((request, response) => {
    // Without VR_METRICS_PORT, @vr/otel answers before the application does.
    if (request.url === '/metrics') return metricsHandler(request, response)
    setRoute(request, `/workers/${number}`)
    open.add(1)
    response.once('close', end)
    if (request.url === '/stream') return streamEvents(response)
    if (request.url === '/busy') for (const until = performance.now() + BUSY_MS; performance.now() < until; );
    response.once('close', () => write('request'))
    return setImmediate(() => response.end('{}'))
  })
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
  setInterval(write, TICK_MS, 'tick')
  process.on('message', ({ how }) => {
    if (how === 'throw') throw new Error('the ledger application was asked to throw')
    if (how === 'exit') process.exit(3)
    server.close(() => process.exit())
    server.closeIdleConnections()
  })
  return server
}

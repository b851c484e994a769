/**
 * Child process of `cluster.ts`: the primary of a cluster, and its workers. The first argument is the library that counts requests in
 * the workers; the second one is the number of workers. The primary passes on commands of its parent to the workers.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metrics } from '@opentelemetry/api'
import * as prometheusIo from '@prometheus-io/client'
import * as promClient from 'prom-client'
import { BlockMeter } from './block-meter.ts'

/** A command to the primary, which answers each with a number or a list of numbers. */
export type Command =
  /** Answers with the CPU milliseconds of the primary since its start. */
  | 'cpu'
  /** Answers with the CPU milliseconds of each worker since its start. */
  | 'worker cpu'
  /** Answers with the number of requests that each worker has counted. */
  | 'counts'
  /** Starts to measure event loop blocks of the primary. */
  | 'start blocks'
  /** Answers with the longest block in CPU milliseconds. */
  | 'longest block'
  /** Makes each worker count requests at this rate per second. */
  | number

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const INSTRUMENTS = 10
/** 200 counters, and 20 histograms of 15 lines, of each of 10 instruments: 5,000 lines of an exposition. */
const COUNTERS = 200
const HISTOGRAMS = 20
/** Number of series that requests over HTTP change, of each instrument. */
const ROUTES = 3
const TICK_MS = 10

/** Counts request number `n`. */
type Count = (n: number) => void

const [library = '', workers = '1'] = process.argv.slice(2)

if (cluster.isPrimary) await runPrimary()
else runWorker()

async function runPrimary(): Promise<void> {
  if (library === 'no pushes') cluster.setupPrimary({ execArgv: ['--import', '@vr/otel/register'] })
  const forked = Array.from({ length: Number(workers) }, () => cluster.fork())
  const address = await Promise.all(forked.map(async (worker) => (await once(worker, 'listening'))[0]))
  const client = peer()
  const port = client === undefined ? Number(process.env['VR_METRICS_PORT']) : await serve(client)
  process.send?.({ port, applicationPort: address[0].port, pids: forked.map(({ process: { pid } }) => pid) })
  const blocks = new BlockMeter()
  process.on('message', async (command: Command) => {
    if (command === 'start blocks') blocks.start()
    process.send?.(
      command === 'cpu'
        ? cpuMs()
        : command === 'start blocks'
          ? 0
          : command === 'longest block'
            ? blocks.stop()
            : await Promise.all(
                forked.filter((worker) => worker.isConnected()).map((worker) => ask(worker, command)),
              ),
    )
  })
  process.once('disconnect', () => process.exit())
}

async function ask(worker: Worker, command: Command): Promise<number> {
  worker.send({ command })
  for (;;) {
    const [message] = await once(worker, 'message')
    if (typeof message === 'number') return message
  }
}

/** Serves the aggregated metrics of a Prometheus client. */
async function serve(client: typeof promClient): Promise<number> {
  const registry = new client.AggregatorRegistry()
  const server = createServer((_request, response) => {
    registry.clusterMetrics().then(
      (text) => response.end(text),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  return (await listening(server)).port
}

function runWorker(): void {
  const client = peer()
  const count = client === undefined ? withOpenTelemetry() : withClient(client)
  let counted = 0
  const countOne = (): void => count(counted++)
  for (let n = 0; n < INSTRUMENTS * COUNTERS; n++) countOne()
  let rate = 0
  let owed = 0
  setInterval(() => {
    for (owed += (rate * TICK_MS) / 1000; owed >= 1; owed--) countOne()
  }, TICK_MS)
  process.on('message', (message: { command?: Command }) => {
    const { command } = message
    if (command === undefined) return // of a Prometheus client
    if (typeof command === 'number') rate = command
    process.send?.(command === 'worker cpu' ? cpuMs() : counted)
  })
  // The requests change as many series as those of a gateway with few routes, not all of them.
  const onRequest: RequestListener = (_request, response) => {
    count(counted++ % ROUTES)
    response.end('hello')
  }
  createServer(onRequest).listen(0, '127.0.0.1')
}

function withOpenTelemetry(): Count {
  const meter = metrics.getMeter('bench')
  const instruments = Array.from({ length: INSTRUMENTS }, (_, n) => ({
    counter: meter.createCounter(`requests_${n}`),
    histogram: meter.createHistogram(`duration_${n}`, { advice: { explicitBucketBoundaries: BOUNDS } }),
  }))
  return (n) => {
    const { counter, histogram } = instruments[n % INSTRUMENTS] as (typeof instruments)[number]
    counter.add(1, counterLabels(n))
    histogram.record(durationOf(n), histogramLabels(n))
  }
}

function withClient({ AggregatorRegistry, Counter, Histogram }: typeof promClient): Count {
  new AggregatorRegistry()
  const instruments = Array.from({ length: INSTRUMENTS }, (_, n) => ({
    counter: new Counter({ name: `requests_${n}_total`, help: 'h', labelNames: ['route', 'status'] }),
    histogram: new Histogram({ name: `duration_${n}`, help: 'h', labelNames: ['route'], buckets: BOUNDS }),
  }))
  return (n) => {
    const { counter, histogram } = instruments[n % INSTRUMENTS] as (typeof instruments)[number]
    counter.inc(counterLabels(n), 1)
    histogram.observe(histogramLabels(n), durationOf(n))
  }
}

function counterLabels(n: number): { route: string; status: string } {
  return { route: `/v1/things/${Math.floor(n / INSTRUMENTS) % COUNTERS}`, status: '200' }
}

function histogramLabels(n: number): { route: string } {
  return { route: `/v1/things/${Math.floor(n / INSTRUMENTS) % HISTOGRAMS}` }
}

function durationOf(n: number): number {
  return (n % 97) / 10
}

/** Returns the Prometheus client; `undefined` for `@vr/otel`. */
function peer(): typeof promClient | undefined {
  if (library === 'prom-client') return promClient
  return library === '@prometheus-io/client' ? (prometheusIo as unknown as typeof promClient) : undefined
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function listening(server: Server): Promise<AddressInfo> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address() as AddressInfo
}

/**
 * Child process of `compare.ts`. Runs the in-process workload named by the first argument, with the packages of the
 * tree that contains this file. Each message is a number of milliseconds to work; the answer is a {@link WorkDone}.
 */
import { once } from 'node:events'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import { BOUNDS, CountingResponse, recordSeries, request } from './scrape-fixtures.ts'

/** Result of one message. */
export interface WorkDone {
  readonly cpuMicros: number
  /** Number of records or scrapes. */
  readonly units: number
}

/** Performs some work. Returns the number of units. */
type Workload = () => number | Promise<number>

const SCRAPE_LINES = 20_000
const RECORDS = 10_000

const routes = Array.from({ length: 16 }, (_, at) => `/v1/things/${at}`)
const values = Float64Array.from({ length: 1024 }, () => Math.exp(Math.random() * 9 - 5.5))

/** Records counters and histograms, with fresh attributes and bound. */
function record(): Workload {
  const meter = new MeterProvider({ readers: [new PrometheusReader()] }).getMeter('bench')
  const counter = meter.createCounter('requests')
  const histogram = meter.createHistogram('duration', { advice: { explicitBucketBoundaries: BOUNDS } })
  const boundCounter = counter.bind({ method: 'GET', route: '/', status: 200 })
  const boundHistogram = histogram.bind({ method: 'GET', route: '/' })
  return () => {
    for (let at = 0; at < RECORDS; at += 4) {
      const value = values[at & 1023] as number
      counter.add(1, { method: 'GET', route: routes[at & 15] as string, status: 200 })
      boundCounter.add(1)
      histogram.record(value, { method: 'GET', route: routes[at & 15] as string })
      boundHistogram.record(value)
    }
    return RECORDS
  }
}

function scrape(): Workload {
  const reader = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader] })
  recordSeries('counters', provider, SCRAPE_LINES / 2)
  recordSeries('histograms', provider, SCRAPE_LINES / 2)
  return async () => {
    const response = new CountingResponse()
    const finished = once(response, 'finish')
    reader.handler(request as never, response as never)
    await finished
    return 1
  }
}

const WORKLOADS: Readonly<Record<string, () => Workload>> = { record, scrape }

const work = (WORKLOADS[process.argv[2] ?? ''] as () => Workload)()

async function workFor(milliseconds: number): Promise<WorkDone> {
  const until = performance.now() + milliseconds
  const before = process.cpuUsage()
  let units = 0
  do units += await work()
  while (performance.now() < until)
  const { user, system } = process.cpuUsage(before)
  return { cpuMicros: user + system, units }
}

process.on(
  'message',
  (milliseconds: number) => void workFor(milliseconds).then((done) => process.send?.(done)),
)
process.on('disconnect', () => process.exit())
process.send?.('ready')

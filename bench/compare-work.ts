/**
 * Work in process for `compare.ts`, of the packages of the tree that this file lies in: its sort is the first argument.
 * Each message asks for a slice of so many milliseconds, and is answered with what that took.
 */
import { once } from 'node:events'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import { BOUNDS, fillWith, request, Sink } from './scraped.ts'

/** What a slice took. */
export interface Slice {
  readonly cpuMicros: number
  /** Records, or scrapes. */
  readonly units: number
}

/** Does a piece of work, and gives how many units it was. */
type Work = () => number | Promise<number>

const LINES = 20_000
const RECORDS = 10_000

const routes = Array.from({ length: 16 }, (_, at) => `/v1/things/${at}`)
const values = Float64Array.from({ length: 1024 }, () => Math.exp(Math.random() * 9 - 5.5))

/** Counters and histograms, with attributes that are made for each record and with bound ones. */
function record(): Work {
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

function scrape(): Work {
  const reader = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader] })
  fillWith('counters', provider, LINES / 2)
  fillWith('histograms', provider, LINES / 2)
  return async () => {
    const response = new Sink()
    const finished = once(response, 'finish')
    reader.handler(request as never, response as never)
    await finished
    return 1
  }
}

const WORKS: Readonly<Record<string, () => Work>> = { record, scrape }

const work = (WORKS[process.argv[2] ?? ''] as () => Work)()

async function slice(milliseconds: number): Promise<Slice> {
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
  (milliseconds: number) => void slice(milliseconds).then((taken) => process.send?.(taken)),
)
process.on('disconnect', () => process.exit())
process.send?.('ready')

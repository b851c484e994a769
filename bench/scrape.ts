/**
 * Cost of one Prometheus scrape: collecting, formatting and writing. All exporters take turns in one run. The
 * Prometheus clients have no request handler, so the text of their registry is sent as a whole.
 *
 *   npm run bench -- scrape [lines] [rounds]
 *
 * Columns: size of the answer; milliseconds of the first scrape; medians over the rounds of duration, CPU time, longest
 * event loop block, and growth of the peak resident memory (Linux only). Run `node --expose-gc bench/scrape.ts` for
 * stable memory values.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { type IMetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import * as prometheusIo from '@prometheus-io/client'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import * as promClient from 'prom-client'
import {
  BOUNDS,
  CountingResponse,
  type Kind,
  LINES_PER_HISTOGRAM,
  recordSeries,
  request,
  SERIES_PER_INSTRUMENT,
} from './scrape-fixtures.ts'
import { median } from './statistics.ts'

const lines = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 20)

type Scrape = (response: CountingResponse) => void

interface Result {
  readonly ms: number
  readonly cpu: number
  readonly longestBlock: number
  readonly peakGrowth: number
  readonly bytes: number
}

type Provider = Pick<MeterProvider, 'getMeter'>

const HISTOGRAM_SERIES = lines / LINES_PER_HISTOGRAM

/** Creates the same series with prom-client or @prometheus-io/client. */
function prometheusClient({ Registry, Counter, Histogram }: typeof promClient, kind: Kind): Scrape {
  const registers = [new Registry()]
  const options = (name: string, labelNames: string[]) => ({ name, help: 'h', labelNames, registers })
  const count = kind === 'counters' ? lines : HISTOGRAM_SERIES
  for (let first = 0; first < count; first += SERIES_PER_INSTRUMENT) {
    const all = Array.from({ length: Math.ceil(Math.min(SERIES_PER_INSTRUMENT, count - first)) }, (_, i) => ({
      method: 'GET',
      route: `/v1/things/${first + i}`,
    }))
    if (kind === 'counters') {
      const counter = new Counter(options(`requests_${first}_total`, ['method', 'route', 'status']))
      for (const [i, labels] of all.entries()) counter.inc({ ...labels, status: '200' }, first + i)
    } else {
      const histogram = new Histogram({
        ...options(`duration_${first}_seconds`, ['method', 'route']),
        buckets: BOUNDS,
      })
      for (const labels of all)
        for (let record = 0; record < 5; record += 1) histogram.observe(labels, record * 0.3)
    }
  }
  return (response) => void registers[0]?.metrics().then((text) => response.end(text))
}

function variants(kind: Kind): Record<string, Scrape> {
  const fill = (provider: Provider): void => recordSeries(kind, provider, lines)
  const provided = (make: (reader: IMetricReader) => Provider, reader: IMetricReader): void =>
    fill(make(reader))
  const stock = (reader: IMetricReader): Provider => new StockMeterProvider({ readers: [reader] }) as never
  const ours = (reader: IMetricReader): Provider => new MeterProvider({ readers: [reader] })
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const onStock = new PrometheusReader()
  const onOurs = new PrometheusReader()
  provided(stock, exporter as never)
  provided(stock, onStock)
  provided(ours, onOurs)
  return {
    'prom-client': prometheusClient(promClient, kind),
    '@prometheus-io/client': prometheusClient(prometheusIo as unknown as typeof promClient, kind),
    'exporter-prometheus': (response) =>
      exporter.getMetricsRequestHandler(request as never, response as never),
    '@vr/otel-exporters, sdk-metrics': (response) => onStock.handler(request as never, response as never),
    '@vr/otel-exporters, @vr/otel-metrics': (response) => onOurs.handler(request as never, response as never),
  }
}

/** Returns the peak resident memory in megabytes; `NaN` except on Linux. */
function peakMegabytes(): number {
  if (process.platform !== 'linux') return Number.NaN
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1000
}

/** Resets the peak resident memory and returns it. */
function resetPeak(): number {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
  return peakMegabytes()
}

async function measure(scrape: Scrape): Promise<Result> {
  globalThis.gc?.()
  await setImmediate()
  const before = resetPeak()
  const response = new CountingResponse()
  const finished = new Promise<void>((resolve) => response.once('finish', resolve))
  const cpu = process.cpuUsage()
  const start = performance.now()
  let [turn, longestBlock, isFinished] = [start, 0, false]
  scrape(response)
  void finished.then(() => {
    isFinished = true
  })
  while (!isFinished) {
    await setImmediate()
    const now = performance.now()
    longestBlock = Math.max(longestBlock, now - turn)
    turn = now
  }
  const used = process.cpuUsage(cpu)
  return {
    ms: performance.now() - start,
    cpu: (used.user + used.system) / 1000,
    longestBlock,
    peakGrowth: peakMegabytes() - before,
    bytes: response.bytes,
  }
}

function report(kind: Kind, name: string, first: Result, results: readonly Result[]): void {
  const medianOf = (key: keyof Result): string => median(results.map((result) => result[key])).toFixed(1)
  const medians = (['ms', 'cpu', 'longestBlock', 'peakGrowth'] as const).map(medianOf)
  printRow(kind, name, [(first.bytes / 1000).toFixed(0), first.ms.toFixed(1), ...medians])
}

function printRow(kind: string, name: string, cells: readonly string[]): void {
  console.log(`${kind.padEnd(10)} ${name.padEnd(37)} ${cells.map((cell) => cell.padStart(8)).join(' ')}`)
}

console.log(`scrapes of ${lines} lines, medians of ${rounds} rounds`)
printRow('metrics', 'exporter', ['KB', 'first ms', 'ms', 'CPU ms', 'block ms', 'peak MB'])
for (const kind of ['counters', 'histograms'] as const) {
  const scrapes = Object.entries(variants(kind))
  const first = new Map<string, Result>()
  const results = new Map<string, Result[]>(scrapes.map(([name]) => [name, []]))
  for (const [name, scrape] of scrapes) first.set(name, await measure(scrape))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, scrape] of scrapes) results.get(name)?.push(await measure(scrape))
  }
  for (const [name, all] of results) report(kind, name, first.get(name) as Result, all)
}

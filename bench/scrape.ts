/**
 * Cost of one scrape: collecting, text and bytes, in one interleaved run. The clients of Prometheus have no handler: the
 * text of their registry is sent whole.
 *
 *   node --expose-gc bench/scrape.ts [lines] [rounds]
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
  fillWith,
  type Kind,
  LINES_OF_A_HISTOGRAM,
  request,
  SERIES_PER_INSTRUMENT,
  Sink,
} from './scraped.ts'

const lines = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 20)

type Scrape = (response: Sink) => void

interface Result {
  readonly ms: number
  readonly cpu: number
  readonly gap: number
  readonly peak: number
  readonly bytes: number
}

type Provider = Pick<MeterProvider, 'getMeter'>

const HISTOGRAM_SERIES = lines / LINES_OF_A_HISTOGRAM

/** The same series in a registry of prom-client, or of its successor. */
function client({ Registry, Counter, Histogram }: typeof promClient, kind: Kind): Scrape {
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
  const fill = (provider: Provider): void => fillWith(kind, provider, lines)
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
    'prom-client': client(promClient, kind),
    '@prometheus-io/client': client(prometheusIo as unknown as typeof promClient, kind),
    'exporter-prometheus': (response) =>
      exporter.getMetricsRequestHandler(request as never, response as never),
    'ours, stock provider': (response) => onStock.handler(request as never, response as never),
    'ours, our provider': (response) => onOurs.handler(request as never, response as never),
  }
}

/** Megabytes of resident memory at the peak, of which Linux keeps account; elsewhere `NaN`. */
function peakMegabytes(): number {
  if (process.platform !== 'linux') return Number.NaN
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1000
}

/** Begins a new account of the peak; returns where it begins. */
function forgetPeak(): number {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
  return peakMegabytes()
}

async function measure(scrape: Scrape): Promise<Result> {
  globalThis.gc?.()
  await setImmediate()
  const before = forgetPeak()
  const response = new Sink()
  const finished = new Promise<void>((resolve) => response.once('finish', resolve))
  const cpu = process.cpuUsage()
  const start = performance.now()
  let [turn, gap, over] = [start, 0, false]
  scrape(response)
  void finished.then(() => {
    over = true
  })
  while (!over) {
    await setImmediate()
    const now = performance.now()
    gap = Math.max(gap, now - turn)
    turn = now
  }
  const used = process.cpuUsage(cpu)
  return {
    ms: performance.now() - start,
    cpu: (used.user + used.system) / 1000,
    gap,
    peak: peakMegabytes() - before,
    bytes: response.bytes,
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function report(kind: Kind, name: string, first: Result, results: readonly Result[]): void {
  const of = (key: keyof Result): string =>
    median(results.map((result) => result[key]))
      .toFixed(1)
      .padStart(8)
  const kilobytes = Math.round(first.bytes / 1000)
  process.stdout.write(
    `${kind.padEnd(10)} ${name.padEnd(21)} ${`${kilobytes}`.padStart(7)} ${first.ms.toFixed(1).padStart(8)} ${of('ms')} ${of('cpu')} ${of('gap')} ${of('peak')}\n`,
  )
}

process.stdout.write(`${lines} lines, ${rounds} rounds, medians\n`)
process.stdout.write(
  `${'kind'.padEnd(10)} ${'variant'.padEnd(21)}      KB first ms       ms   cpu ms   gap ms  peak MB\n`,
)
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

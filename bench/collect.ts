/**
 * Cost of one collection of 100,000 values (a histogram series has a value per bucket, a sum and a count), compared
 * with sdk-metrics, prom-client and @prometheus-io/client. All libraries take turns in one run.
 *
 *   npm run bench -- collect [values] [rounds]
 *
 * Columns: CPU milliseconds of the first collection; median over the rounds; its ratio to @vr/otel-metrics; longest
 * event loop block, median and maximum. The Prometheus clients cannot collect without formatting, so `getMetricsAsJSON`
 * is measured.
 */
import { setImmediate } from 'node:timers/promises'
import { MetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'
import { median } from './statistics.ts'

const VALUES = Number(process.argv[2] ?? 100_000)
const ROUNDS = Number(process.argv[3] ?? 21)
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]
const SERIES_PER_INSTRUMENT = 1_000

interface Library {
  readonly name: string
  readonly collect: () => Promise<unknown>
}

class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

type InstrumentType = 'counter' | 'histogram'

/** Number of series that have `VALUES` values. */
function seriesCount(type: InstrumentType): number {
  return type === 'counter' ? VALUES : Math.ceil(VALUES / (BOUNDS.length + 3))
}

function openTelemetry(
  name: string,
  Provider: typeof MeterProvider | typeof StockMeterProvider,
  type: InstrumentType,
): Library {
  const reader = new IdleReader()
  const meter = new Provider({ readers: [reader] }).getMeter('bench')
  for (let i = 0; i < seriesCount(type); i += 1) {
    const instrument = `${type}.${Math.floor(i / SERIES_PER_INSTRUMENT)}`
    const labels = { method: 'GET', route: `/v1/things/${i}`, status: 200 }
    if (type === 'counter') meter.createCounter(instrument).add(i, labels)
    else
      meter
        .createHistogram(instrument, { advice: { explicitBucketBoundaries: BOUNDS } })
        .record(i / 100, labels)
  }
  return { name, collect: () => reader.collect() }
}

interface PromClient {
  readonly Registry: new () => { getMetricsAsJSON(): Promise<unknown> }
  readonly Counter: new (options: object) => { inc(labels: object, value: number): void }
  readonly Histogram: new (options: object) => { observe(labels: object, value: number): void }
}

function promClient(name: string, library: PromClient, type: InstrumentType): Library {
  const registry = new library.Registry()
  const labelNames = ['method', 'route', 'status']
  for (let first = 0; first < seriesCount(type); first += SERIES_PER_INSTRUMENT) {
    const options = {
      name: `${type}_${first}`,
      help: 'h',
      labelNames,
      registers: [registry],
      buckets: BOUNDS,
    }
    const metric = type === 'counter' ? new library.Counter(options) : new library.Histogram(options)
    for (let i = first; i < Math.min(first + SERIES_PER_INSTRUMENT, seriesCount(type)); i += 1) {
      const labels = { method: 'GET', route: `/v1/things/${i}`, status: 200 }
      if ('inc' in metric) metric.inc(labels, i)
      else metric.observe(labels, i / 100)
    }
  }
  return { name, collect: () => registry.getMetricsAsJSON() }
}

async function loadLibraries(type: InstrumentType): Promise<Library[]> {
  const libraries = [
    openTelemetry('@vr/otel-metrics', MeterProvider, type),
    openTelemetry('sdk-metrics', StockMeterProvider, type),
  ]
  for (const name of ['prom-client', '@prometheus-io/client']) {
    try {
      const library: { default?: PromClient } & PromClient = await import(name)
      libraries.push(promClient(name, library.default ?? library, type))
    } catch {
      console.error(`${name} skipped: not installed (npm install --no-save ${name})`)
    }
  }
  return libraries
}

/** Returns CPU milliseconds of one collection, and the longest event loop block during it. */
async function collectOnce(collect: () => Promise<unknown>): Promise<readonly [cpu: number, block: number]> {
  let isDone = false
  let longestBlock = 0
  const watching = (async () => {
    while (!isDone) {
      const before = performance.now()
      await setImmediate()
      longestBlock = Math.max(longestBlock, performance.now() - before)
    }
  })()
  const before = process.cpuUsage()
  await collect()
  const { user, system } = process.cpuUsage(before)
  isDone = true
  await watching
  return [(user + system) / 1_000, longestBlock]
}

for (const type of ['counter', 'histogram'] as const) {
  const measured = (await loadLibraries(type)).map((library) => ({
    library,
    cpu: [] as number[],
    blocks: [] as number[],
  }))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { library, cpu, blocks } of measured) {
      const [milliseconds, block] = await collectOnce(library.collect)
      cpu.push(milliseconds)
      blocks.push(block)
    }
  }
  const own = median(measured[0]?.cpu ?? [])
  printRow(`${type}s, ${VALUES} values`, ['first CPU ms', 'CPU ms', 'ratio', 'block ms', 'max block ms'])
  for (const { library, cpu, blocks } of measured) {
    const cells = [cpu[0] ?? 0, median(cpu), median(cpu) / own, median(blocks), Math.max(...blocks.slice(1))]
    printRow(
      `  ${library.name}`,
      cells.map((cell) => cell.toFixed(1)),
    )
  }
}

function printRow(head: string, cells: readonly string[]): void {
  console.log(`${head.padEnd(34)} ${cells.map((cell) => cell.padStart(12)).join(' ')}`)
}

/**
 * Cost of one collection of 100,000 cells (numbers that a reader gets): CPU time and the longest pause of the event
 * loop, all variants interleaved in one run.
 *
 *   npm run build && node bench/collect.ts [cells] [rounds]
 *
 * prom-client and its successor have no collection without text; `getMetricsAsJSON` is the nearest to it.
 */
import { setImmediate } from 'node:timers/promises'
import { MetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'

const CELLS = Number(process.argv[2] ?? 100_000)
const ROUNDS = Number(process.argv[3] ?? 21)
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]
const SERIES_PER_INSTRUMENT = 1_000

interface Variant {
  readonly name: string
  readonly collect: () => Promise<unknown>
}

class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

type Kind = 'counter' | 'histogram'

/** A histogram series has a cell for every bucket, its sum and its count. */
function seriesOf(kind: Kind): number {
  return kind === 'counter' ? CELLS : Math.ceil(CELLS / (BOUNDS.length + 3))
}

function otel(name: string, Provider: typeof MeterProvider | typeof StockMeterProvider, kind: Kind): Variant {
  const reader = new IdleReader()
  const meter = new Provider({ readers: [reader] }).getMeter('bench')
  for (let i = 0; i < seriesOf(kind); i += 1) {
    const instrument = `${kind}.${Math.floor(i / SERIES_PER_INSTRUMENT)}`
    const labels = { method: 'GET', route: `/v1/things/${i}`, status: 200 }
    if (kind === 'counter') meter.createCounter(instrument).add(i, labels)
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

function promClient(name: string, library: PromClient, kind: Kind): Variant {
  const registry = new library.Registry()
  const labelNames = ['method', 'route', 'status']
  for (let first = 0; first < seriesOf(kind); first += SERIES_PER_INSTRUMENT) {
    const options = {
      name: `${kind}_${first}`,
      help: 'h',
      labelNames,
      registers: [registry],
      buckets: BOUNDS,
    }
    const metric = kind === 'counter' ? new library.Counter(options) : new library.Histogram(options)
    for (let i = first; i < Math.min(first + SERIES_PER_INSTRUMENT, seriesOf(kind)); i += 1) {
      const labels = { method: 'GET', route: `/v1/things/${i}`, status: 200 }
      if ('inc' in metric) metric.inc(labels, i)
      else metric.observe(labels, i / 100)
    }
  }
  return { name, collect: () => registry.getMetricsAsJSON() }
}

async function loadVariants(kind: Kind): Promise<Variant[]> {
  const variants = [
    otel('@vr/otel-metrics', MeterProvider, kind),
    otel('sdk-metrics', StockMeterProvider, kind),
  ]
  for (const name of ['prom-client', '@prometheus-io/client']) {
    try {
      const library: { default?: PromClient } & PromClient = await import(name)
      variants.push(promClient(name, library.default ?? library, kind))
    } catch {
      console.error(`left out: ${name} is not installed (npm install --no-save ${name})`)
    }
  }
  return variants
}

/** CPU milliseconds of one collection, and the longest time between two turns of the event loop meanwhile. */
async function collectOnce(collect: () => Promise<unknown>): Promise<readonly [cpu: number, pause: number]> {
  let isDone = false
  let pause = 0
  const watching = (async () => {
    while (!isDone) {
      const before = performance.now()
      await setImmediate()
      pause = Math.max(pause, performance.now() - before)
    }
  })()
  const before = process.cpuUsage()
  await collect()
  const { user, system } = process.cpuUsage(before)
  isDone = true
  await watching
  return [(user + system) / 1_000, pause]
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

for (const kind of ['counter', 'histogram'] as const) {
  const measured = (await loadVariants(kind)).map((variant) => ({
    variant,
    cpu: [] as number[],
    pauses: [] as number[],
  }))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { variant, cpu, pauses } of measured) {
      const [milliseconds, pause] = await collectOnce(variant.collect)
      cpu.push(milliseconds)
      pauses.push(pause)
    }
  }
  const own = median(measured[0]?.cpu ?? [])
  printRow(`${kind}s, ${CELLS} cells`, ['first ms', 'CPU ms', '× ours', 'pause ms', 'worst'])
  for (const { variant, cpu, pauses } of measured) {
    const cells = [cpu[0] ?? 0, median(cpu), median(cpu) / own, median(pauses), Math.max(...pauses.slice(1))]
    printRow(
      `  ${variant.name}`,
      cells.map((cell) => cell.toFixed(1)),
    )
  }
}

function printRow(head: string, cells: readonly string[]): void {
  console.log(`${head.padEnd(34)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`)
}

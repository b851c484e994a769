/** The libraries that `record.ts` compares, behind a common interface. */
import { MetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'

export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** A library: its instruments, and the source code of a record as a user would write it. */
export interface Variant {
  readonly name: string
  /** Variables of the statements. */
  readonly scope: Readonly<Record<string, unknown>>
  readonly add: (labels: string) => string
  readonly record: (value: string, labels: string) => string
  /** Undefined if the library cannot bind labels. */
  readonly boundAdd: string | undefined
  readonly boundRecord: ((value: string) => string) | undefined
  /** Whether the library uses the active context. */
  readonly usesContext: boolean
}

class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const SERIES = { method: 'GET', route: '/v1/responses', status: 200 }

const advice = { explicitBucketBoundaries: BOUNDS }

function vrOtel(name: string, exemplarFilter: 'trace_based' | 'always_off'): Variant {
  const meter = new MeterProvider({ readers: [new IdleReader()], exemplarFilter }).getMeter('bench')
  const counter = meter.createCounter('requests')
  const histogram = meter.createHistogram('duration', { advice })
  return {
    name,
    scope: { counter, histogram, boundCounter: counter.bind(SERIES), boundHistogram: histogram.bind(SERIES) },
    add: (labels) => `counter.add(1, ${labels})`,
    record: (value, labels) => `histogram.record(${value}, ${labels})`,
    boundAdd: 'boundCounter.add(1)',
    boundRecord: (value) => `boundHistogram.record(${value})`,
    usesContext: true,
  }
}

function stock(): Variant {
  const meter = new StockMeterProvider({ readers: [new IdleReader()] }).getMeter('bench')
  const counter = meter.createCounter('requests')
  const histogram = meter.createHistogram('duration', { advice })
  return {
    name: 'sdk-metrics',
    scope: { counter, histogram },
    add: (labels) => `counter.add(1, ${labels})`,
    record: (value, labels) => `histogram.record(${value}, ${labels})`,
    boundAdd: undefined,
    boundRecord: undefined,
    usesContext: true,
  }
}

/** The used part of prom-client and @prometheus-io/client. */
interface PromClient {
  readonly Registry: new () => unknown
  readonly Counter: new (options: object) => { labels(labels: object): object }
  readonly Histogram: new (options: object) => { labels(labels: object): object }
}

function promClient(name: string, library: PromClient): Variant {
  const options = {
    help: 'h',
    labelNames: ['method', 'route', 'status'],
    registers: [new library.Registry()],
  }
  const counter = new library.Counter({ ...options, name: 'requests' })
  const histogram = new library.Histogram({ ...options, name: 'duration', buckets: BOUNDS })
  return {
    name,
    scope: {
      counter,
      histogram,
      boundCounter: counter.labels(SERIES),
      boundHistogram: histogram.labels(SERIES),
    },
    add: (labels) => `counter.inc(${labels}, 1)`,
    record: (value, labels) => `histogram.observe(${labels}, ${value})`,
    boundAdd: 'boundCounter.inc(1)',
    boundRecord: (value) => `boundHistogram.observe(${value})`,
    usesContext: false,
  }
}

/** Returns all installed libraries. Logs those that are not installed. */
export async function loadVariants(): Promise<Variant[]> {
  const variants = [
    vrOtel('@vr/otel-metrics', 'trace_based'),
    vrOtel('  exemplars off', 'always_off'),
    stock(),
  ]
  for (const name of ['prom-client', '@prometheus-io/client']) {
    try {
      const library: { default?: PromClient } & PromClient = await import(name)
      variants.push(promClient(name, library.default ?? library))
    } catch {
      console.error(`${name} skipped: not installed (npm install --no-save ${name})`)
    }
  }
  return variants
}

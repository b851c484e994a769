import type { Resource } from '@opentelemetry/resources'
import type {
  CollectionResult,
  IMetricReader,
  MetricCollectOptions,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import { millisToHrTime } from '../series/hr-time.ts'
import type { ObservationBuffer } from '../series/observation-buffer.ts'
import type { ObservedStream } from '../series/observed-stream.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import { buildMetric, EventLoopYielder } from './build-metric.ts'
import type { MeterStreams } from './meter-streams.ts'
import { type ObservationsByStream, observationsByStream } from './observations-by-stream.ts'

/** Longest that an asynchronous callback may take where the reader sets no limit: one must not stop all metrics. */
const DEFAULT_CALLBACK_TIMEOUT = 5_000

/** What one reader is given to collect from. */
export class Collector implements MetricProducer {
  readonly reader: IMetricReader
  readonly #meters: ReadonlyMap<string, MeterStreams>
  readonly #resource: Resource
  readonly #now: () => number
  #startedCollections = 0
  /** The number of the last collection that used what it observed. */
  #latestObserved = 0

  /** @param now epoch milliseconds */
  constructor(
    reader: IMetricReader,
    meters: ReadonlyMap<string, MeterStreams>,
    resource: Resource,
    now: () => number,
  ) {
    this.reader = reader
    this.#meters = meters
    this.#resource = resource
    this.#now = now
  }

  /**
   * Runs the callbacks, takes a consistent snapshot of all streams in one go, and builds the data points in slices.
   * Never rejects.
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const timeoutMillis = options?.timeoutMillis ?? DEFAULT_CALLBACK_TIMEOUT
    const meters = [...this.#meters.values()]
    this.#startedCollections += 1
    const number = this.#startedCollections
    const observed = await Promise.all(meters.map((meter) => meter.callbacks.observe(timeoutMillis)))
    const observations = this.#withoutOvertakenDeltas(observationsByStream(observed), number)
    const endTime = millisToHrTime(this.#now())
    const snapshots = meters.map((meter) => ({
      scope: meter.scope,
      metrics: meter.collect(this.reader, observations, endTime),
    }))
    return {
      resourceMetrics: { resource: this.#resource, scopeMetrics: await build(snapshots) },
      errors: [
        ...observed.flatMap(({ errors }) => errors),
        ...snapshots.flatMap(({ metrics }) => metrics.flatMap(({ exemplars }) => exemplars.errors)),
      ],
    }
  }

  /**
   * Of collections that run at once, one may observe before another and finish after it. A difference to a newer value
   * would count twice what lies between, so delta streams leave such a collection out.
   */
  #withoutOvertakenDeltas(
    observations: Map<ObservedStream, ObservationBuffer[]>,
    number: number,
  ): ObservationsByStream {
    if (number > this.#latestObserved) this.#latestObserved = number
    else for (const stream of observations.keys()) if (stream.isDelta) observations.delete(stream)
    return observations
  }
}

interface ScopeSnapshot {
  readonly scope: ScopeMetrics['scope']
  readonly metrics: readonly StreamSnapshot[]
}

async function build(snapshots: readonly ScopeSnapshot[]): Promise<ScopeMetrics[]> {
  const slices = new EventLoopYielder()
  const built: ScopeMetrics[] = []
  for (const { scope, metrics } of snapshots) {
    if (metrics.length === 0) continue
    const data = []
    for (const snapshot of metrics) data.push(await buildMetric(snapshot, slices))
    built.push({ scope, metrics: data })
  }
  return built
}

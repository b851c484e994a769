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
import type { OwnDeltas, OwnStreams, SharedMetrics } from './shared-metrics.ts'

/** Time limit of an asynchronous callback if the reader sets none, so that one callback cannot block all metrics. */
const DEFAULT_CALLBACK_TIMEOUT = 5_000

/** Returns the metrics that a reader exports instead of those of this process, or `undefined`. Called at each collection. */
export type SharedMetricsSelector = (reader: IMetricReader) => SharedMetrics | undefined

/** The `MetricProducer` of one reader. */
export class Collector implements MetricProducer, OwnStreams {
  readonly reader: IMetricReader
  readonly #selectShared: SharedMetricsSelector | undefined
  readonly #meters: ReadonlyMap<string, MeterStreams>
  readonly #resource: Resource
  readonly #now: () => number
  #startedCollections = 0
  /** Number of the latest collection whose observations were used. */
  #latestObserved = 0

  /** @param now epoch milliseconds */
  constructor(
    reader: IMetricReader,
    meters: ReadonlyMap<string, MeterStreams>,
    resource: Resource,
    now: () => number,
    selectShared?: SharedMetricsSelector,
  ) {
    this.reader = reader
    this.#selectShared = selectShared
    this.#meters = meters
    this.#resource = resource
    this.#now = now
  }

  /**
   * Runs the callbacks, takes a consistent snapshot of all streams synchronously, and builds the data points in batches
   * that yield to the event loop. Never rejects.
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const shared = this.#selectShared?.(this.reader)
    return shared === undefined ? this.#collectOwn(options) : shared.collect(this.reader, this, options)
  }

  takeDeltas(): OwnDeltas {
    const endTime = millisToHrTime(this.#now())
    const taken = [...this.#meters.values()].map((meter) => meter.takeDeltas(this.reader, endTime))
    return {
      pending: taken.flatMap(({ pending }) => pending),
      exported: taken.flatMap(({ exported }) => exported),
    }
  }

  async #collectOwn(options: MetricCollectOptions | undefined): Promise<CollectionResult> {
    const timeoutMillis = options?.timeoutMillis ?? DEFAULT_CALLBACK_TIMEOUT
    const meters = [...this.#meters.values()]
    this.#startedCollections += 1
    const collectionNumber = this.#startedCollections
    const observed = await Promise.all(meters.map((meter) => meter.callbacks.observe(timeoutMillis)))
    const observations = this.#withoutOvertakenDeltas(observationsByStream(observed), collectionNumber)
    const endTime = millisToHrTime(this.#now())
    const snapshots = meters.map((meter) => ({
      scope: meter.scope,
      metrics: meter.collect(this.reader, observations, endTime),
    }))
    return {
      resourceMetrics: { resource: this.#resource, scopeMetrics: await buildScopes(snapshots) },
      errors: [
        ...observed.flatMap(({ errors }) => errors),
        ...snapshots.flatMap(({ metrics }) => metrics.flatMap(({ exemplars }) => exemplars.errors)),
      ],
    }
  }

  /**
   * Removes the observations of delta streams if a later collection has been used already. Collections can overlap: one
   * that observed earlier can finish later, and the difference from the newer value would be wrong.
   */
  #withoutOvertakenDeltas(
    observations: Map<ObservedStream, ObservationBuffer[]>,
    collectionNumber: number,
  ): ObservationsByStream {
    if (collectionNumber > this.#latestObserved) this.#latestObserved = collectionNumber
    else for (const stream of observations.keys()) if (stream.isDelta) observations.delete(stream)
    return observations
  }
}

interface ScopeSnapshot {
  readonly scope: ScopeMetrics['scope']
  readonly metrics: readonly StreamSnapshot[]
}

async function buildScopes(snapshots: readonly ScopeSnapshot[]): Promise<ScopeMetrics[]> {
  const yielder = new EventLoopYielder()
  const built: ScopeMetrics[] = []
  for (const { scope, metrics } of snapshots) {
    if (metrics.length === 0) continue
    const data = []
    for (const snapshot of metrics) data.push(await buildMetric(snapshot, yielder))
    built.push({ scope, metrics: data })
  }
  return built
}

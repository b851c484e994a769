import type { MeterProvider as ApiMeterProvider, MeterOptions } from '@opentelemetry/api'
import { ChangeReader } from '../collect/change-reader.ts'
import type { ChangeTracker } from '../collect/change-tracker.ts'
import { Collector } from '../collect/collector.ts'
import { MeterStreams } from '../collect/meter-streams.ts'
import type { StreamSettings } from '../collect/stream-plan.ts'
import { logger } from '../logger.ts'
import type { AttributeOverflow } from '../views/attribute-bounds.ts'
import { withTimeout } from '../with-timeout.ts'
import { defaultResource } from './default-resource.ts'
import { type Meter, SdkMeter } from './meter.ts'
import { type MeterProviderOptions, resolveSettings } from './settings.ts'

/** Time limit of `forceFlush` and `shutdown`. */
export interface TimeLimit {
  /** Milliseconds until the returned promise rejects. Does not cancel the operation. Default: no limit. */
  readonly timeoutMillis?: number
}

/**
 * A `MeterProvider` with exemplars, bound instruments and attribute bounds. It replaces the one of sdk-metrics: it
 * works with any `MetricReader`, and its `ResourceMetrics` have the same type, with optional `exemplars` on data
 * points.
 */
export class MeterProvider implements ApiMeterProvider {
  readonly #settings: StreamSettings
  readonly #meters = new Map<string, MeterStreams>()
  readonly #sdkMeters = new Map<string, SdkMeter>()
  #isShutDown = false

  /** @throws Error if a view is invalid, or a reader belongs to another provider */
  constructor(options: MeterProviderOptions = {}) {
    this.#settings = resolveSettings(options)
    const resource = options.resource ?? defaultResource()
    for (const reader of this.#settings.readers) {
      reader.setMetricProducer(
        new Collector(reader, this.#meters, resource, this.#settings.now, options.sharedMetrics),
      )
      if (options.sdkMetricsEnabled === true && isSelfObserving(reader)) reader._setSelfObsMeterProvider(this)
    }
  }

  /**
   * Returns the meter of this instrumentation scope; equal arguments return the same meter. After shutdown, returns a
   * meter that records nothing. Never throws.
   */
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    if (this.#isShutDown) {
      logger.warn('getMeter called after shutdown: the meter records nothing')
      return new SdkMeter(new MeterStreams({ name: '' }), { ...this.#settings, readers: [] })
    }
    if (typeof name !== 'string' || name === '')
      logger.warn('getMeter called without a name; pass the name of the instrumented library')
    const scope = scopeOf(name, version, options)
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl])
    const known = this.#sdkMeters.get(key)
    if (known !== undefined) return known
    const streams = new MeterStreams(scope)
    const meter = new SdkMeter(streams, this.#settings)
    this.#meters.set(key, streams)
    this.#sdkMeters.set(key, meter)
    return meter
  }

  /** Returns how many values the attribute bounds of each view replaced, by attribute. */
  attributeOverflows(): AttributeOverflow[] {
    return this.#settings.views.flatMap((view) => view.overflows)
  }

  /**
   * Makes `tracker` find the changed series of all instruments, also of those that exist. Series that only delta readers collect
   * start with the values of the current interval. Called at most once.
   * @internal
   */
  trackChanges(tracker: ChangeTracker): void {
    const reader = new ChangeReader(tracker, this.#settings.readers)
    tracker.connect(this.#meters, this.#settings.now)
    for (const meter of this.#meters.values()) meter.track(reader, this.#settings)
    this.#settings.readers.push(reader)
  }

  /**
   * Calls `forceFlush` of all readers.
   *
   * @throws Error of the first reader that failed or timed out, after all have finished
   */
  async forceFlush(options?: TimeLimit): Promise<void> {
    if (this.#isShutDown) {
      logger.warn('forceFlush called after shutdown: ignored')
      return
    }
    await this.#callReaders('forceFlush', options)
  }

  /**
   * Shuts down all readers, which export a last time. Further calls do nothing.
   *
   * @throws Error of the first reader that failed or timed out, after all have finished
   */
  async shutdown(options?: TimeLimit): Promise<void> {
    if (this.#isShutDown) {
      logger.warn('shutdown called more than once: ignored')
      return
    }
    this.#isShutDown = true
    await this.#callReaders('shutdown', options)
  }

  async #callReaders(operation: 'forceFlush' | 'shutdown', options: TimeLimit | undefined): Promise<void> {
    const limit = options?.timeoutMillis ?? Number.POSITIVE_INFINITY
    const calls = this.#settings.readers.map(async (reader) => {
      await withTimeout(reader[operation](options), limit, `${operation} of a reader`)
    })
    const failed = (await Promise.allSettled(calls)).find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason ?? new Error(`${operation} of a reader failed`)
  }
}

/** The readers of sdk-metrics have this method, which is not part of `IMetricReader`. */
interface SelfObservingReader {
  _setSelfObsMeterProvider(provider: ApiMeterProvider): void
}

function isSelfObserving(reader: object): reader is SelfObservingReader {
  return '_setSelfObsMeterProvider' in reader && typeof reader._setSelfObsMeterProvider === 'function'
}

function scopeOf(name: unknown, version: unknown, options: MeterOptions | null | undefined) {
  const schemaUrl = options?.schemaUrl
  return {
    name: typeof name === 'string' ? name : '',
    version: typeof version === 'string' ? version : '',
    ...(typeof schemaUrl === 'string' ? { schemaUrl } : undefined),
  }
}

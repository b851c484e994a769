import type { MeterProvider as ApiMeterProvider, MeterOptions } from '@opentelemetry/api'
import { Collector } from '../collect/collector.ts'
import { MeterStreams } from '../collect/meter-streams.ts'
import type { StreamSettings } from '../collect/stream-plan.ts'
import { withTimeout } from '../collect/with-timeout.ts'
import { logger } from '../logger.ts'
import type { AttributeCut } from '../views/attribute-bounds.ts'
import { defaultResource } from './default-resource.ts'
import { type Meter, SdkMeter } from './meter.ts'
import { type MeterProviderOptions, resolveSettings } from './settings.ts'

/** Time limit of an operation. */
export interface TimeLimit {
  /** Milliseconds after which the returned promise rejects; the work itself may go on. Default: no limit. */
  readonly timeoutMillis?: number
}

/**
 * The API's MeterProvider with exemplars, bound series and bounded views. A drop-in for upstream's: it feeds any
 * MetricReader with upstream's ResourceMetrics, whose data points may have `exemplars`.
 */
export class MeterProvider implements ApiMeterProvider {
  readonly #settings: StreamSettings
  readonly #meters = new Map<string, MeterStreams>()
  readonly #sdkMeters = new Map<string, SdkMeter>()
  #isShutDown = false

  /** @throws Error if a view selects nothing in particular, or a reader belongs to another provider */
  constructor(options: MeterProviderOptions = {}) {
    this.#settings = resolveSettings(options)
    const resource = options.resource ?? defaultResource()
    for (const reader of this.#settings.readers) {
      reader.setMetricProducer(new Collector(reader, this.#meters, resource, this.#settings.now))
      if (options.sdkMetricsEnabled === true && isSelfObserving(reader)) reader._setSelfObsMeterProvider(this)
    }
  }

  /** The meter of this scope, the same one for the same three values. A no-op meter after shutdown. Never throws. */
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    if (this.#isShutDown) {
      logger.warn('getMeter after shutdown: nothing of this meter is recorded')
      return new SdkMeter(new MeterStreams({ name: '' }), { ...this.#settings, readers: [] })
    }
    if (typeof name !== 'string' || name === '')
      logger.warn('a meter without a name: name it after its library')
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

  /** What the attribute bounds of the views have cut, by view and attribute; for metrics about the metrics. */
  attributeCuts(): AttributeCut[] {
    return this.#settings.views.flatMap((view) => view.cuts)
  }

  /**
   * Lets all readers export what there is.
   *
   * @throws Error of the first reader that failed or was late, after all were asked
   */
  async forceFlush(options?: TimeLimit): Promise<void> {
    if (this.#isShutDown) {
      logger.warn('forceFlush after shutdown does nothing')
      return
    }
    await this.#callReaders('forceFlush', options)
  }

  /**
   * Shuts all readers down, which export what there is. The second call does nothing.
   *
   * @throws Error of the first reader that failed or was late, after all were asked
   */
  async shutdown(options?: TimeLimit): Promise<void> {
    if (this.#isShutDown) {
      logger.warn('shutdown may be called once only')
      return
    }
    this.#isShutDown = true
    await this.#callReaders('shutdown', options)
  }

  async #callReaders(operation: 'forceFlush' | 'shutdown', options: TimeLimit | undefined): Promise<void> {
    const limit = options?.timeoutMillis ?? Number.POSITIVE_INFINITY
    const asked = this.#settings.readers.map(async (reader) => {
      await withTimeout(reader[operation](options), limit, `${operation} of a reader`)
    })
    const failed = (await Promise.allSettled(asked)).find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason ?? new Error(`${operation} of a reader failed`)
  }
}

/** Upstream's readers have this method; it is no part of IMetricReader. */
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

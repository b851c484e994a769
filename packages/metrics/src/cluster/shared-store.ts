import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type {
  CollectionResult,
  IMetricReader,
  MetricCollectOptions,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import type { OwnStreams, SharedMetrics } from '../collect/shared-metrics.ts'
import { millisToHrTime } from '../series/hr-time.ts'
import { DeltaConverter, exportedValues } from './delta-converter.ts'
import { exportedByReader } from './exported-by-reader.ts'
import type { MergedMetrics } from './merged-metrics.ts'
import { buildScopes } from './metric-snapshot.ts'

type ExportedByMetric = ReturnType<typeof exportedByReader>

/** Options of {@link SharedStore}. */
export interface SharedStoreOptions {
  /** The merged metrics; undefined: readers export nothing, such as the push readers of a member. */
  readonly metrics: MergedMetrics | undefined
  /** Resource of the exported metrics. */
  readonly resource: () => Resource
  /**
   * Called before each collection: asks the other processes for their newest values, and runs the callbacks of this process.
   * Resolves when the metrics are up to date, or after a time limit. Must not reject.
   */
  readonly refresh?: (timeoutMillis: number | undefined) => Promise<void>
  /** Called with each collection, after its values were read and before they are exported. Must not reject. */
  readonly beforeExport?: () => Promise<void>
  /** Source of this process in `metrics`. */
  readonly ownSource?: string
  /** Synchronously applies the changes of this process to `metrics`. */
  readonly applyOwnChanges?: () => void
  /**
   * Whether another process exported the totals so far, which this one has taken over. The first collection of a delta reader then
   * exports no values, because the other process has exported almost all of them.
   */
  readonly isTakenOver?: boolean
  /** Returns the time in epoch milliseconds. */
  readonly now: () => number
}

/** Lets readers export merged metrics. One instance for each role of the process: it remembers what delta readers have exported. */
export class SharedStore implements SharedMetrics {
  readonly #options: SharedStoreOptions
  readonly #converters = new WeakMap<IMetricReader, DeltaConverter>()

  constructor(options: SharedStoreOptions) {
    this.#options = options
  }

  async collect(
    reader: IMetricReader,
    own: OwnStreams,
    options?: MetricCollectOptions,
  ): Promise<CollectionResult> {
    const { metrics, refresh, resource, now } = this.#options
    await refresh?.(options?.timeoutMillis)
    const exported = this.#takeOwn(reader, own)
    const scopeMetrics =
      metrics === undefined ? [] : await this.#collect(reader, metrics, exported, millisToHrTime(now()))
    await this.#options.beforeExport?.()
    return { resourceMetrics: { resource: resource(), scopeMetrics }, errors: [] }
  }

  /**
   * Takes the deltas of this process at each collection, so that they do not accumulate.
   *
   * @returns at the first collection of the reader, what it has exported; then `undefined`
   */
  #takeOwn(reader: IMetricReader, own: OwnStreams): ExportedByMetric | undefined {
    const { metrics, applyOwnChanges, ownSource } = this.#options
    applyOwnChanges?.()
    const deltas = own.takeDeltas()
    if (metrics === undefined || this.#converters.has(reader)) return undefined
    return exportedByReader(metrics, ownSource, deltas)
  }

  async #collect(
    reader: IMetricReader,
    metrics: MergedMetrics,
    exported: ExportedByMetric | undefined,
    endTime: HrTime,
  ): Promise<ScopeMetrics[]> {
    const snapshots = await metrics.snapshot()
    let converter = this.#converters.get(reader)
    if (converter === undefined) {
      const isTakenOver = this.#options.isTakenOver === true
      const known = isTakenOver ? exportedValues(snapshots, endTime) : exported
      converter = new DeltaConverter(reader, known ?? new Map(), isTakenOver ? metrics.version : 0)
      this.#converters.set(reader, converter)
    }
    return buildScopes(converter.convert(snapshots, metrics.version, endTime))
  }
}

import { logger } from '../logger.ts'
import { MergedMetric } from './merged-metric.ts'
import type { MetricIdentity } from './messages.ts'
import { conflictOf, metricKey } from './metric-key.ts'
import type { SeriesIds } from './series-ids.ts'

/** Limits the memory that definitions of metrics can use. */
const MAX_METRICS = 2_000

/** Ids of metrics and of series above which no metric is forgotten: ids are not used again, and replicas accept a limited number. */
const [MAX_IDS, MAX_SERIES] = [8_000, 100_000]

/** The metrics of a store, of which the first definition is kept. */
export class MergedDefinitions {
  readonly #limit: number
  readonly #ids: SeriesIds
  readonly #metrics = new Map<string, MergedMetric>()
  #nextId = 0
  #rejected = 0
  #isFullLogged = false

  /** @param limit number of series per metric besides the overflow series */
  constructor(limit: number, ids: SeriesIds) {
    this.#limit = limit
    this.#ids = ids
  }

  /** Number of definitions that were rejected. */
  get rejected(): number {
    return this.#rejected
  }

  /** Returns the metrics in the order of their definition. */
  values(): Iterable<MergedMetric> {
    return this.#metrics.values()
  }

  find(identity: Pick<MetricIdentity, 'scope' | 'name'>): MergedMetric | undefined {
    return this.#metrics.get(metricKey(identity))
  }

  /**
   * Returns the metric of this definition, and adds it if it is new.
   *
   * @param version the next version of the store
   * @returns undefined if the metric has another kind, unit or bounds, or there are too many metrics
   */
  define(identity: MetricIdentity, version: number): MergedMetric | undefined {
    const known = this.find(identity)
    if (known === undefined) return this.#add(identity, version)
    const conflict = conflictOf(known.identity, identity)
    if (conflict === undefined) return known
    this.#rejected += 1
    if (known.isConflictLogged) return undefined
    known.isConflictLogged = true
    logger.warn(
      `metric "${identity.name}" of scope "${identity.scope.name}" is not merged for some processes: they define it with ${conflict}. The first definition is used as long as a process has it. Run the same version of the application in all processes`,
    )
    return undefined
  }

  /**
   * Forgets a metric that has another definition than this, if no open source has a series of it.
   *
   * @returns whether this definition will be accepted
   */
  forgetConflict(identity: MetricIdentity, version: number): boolean {
    const known = this.find(identity)
    if (known === undefined || conflictOf(known.identity, identity) === undefined) return true
    if (known.isUsed || this.#nextId >= MAX_IDS || this.#ids.size >= MAX_SERIES) return false
    for (const slot of known.slots.visible()) this.#ids.hide(known.slots.get(slot)?.id ?? -1, version)
    this.#metrics.delete(metricKey(identity))
    return true
  }

  #add(identity: MetricIdentity, version: number): MergedMetric | undefined {
    if (this.#metrics.size < MAX_METRICS) {
      const metric = new MergedMetric(identity, this.#nextId++, version, this.#limit, this.#ids)
      this.#metrics.set(metricKey(identity), metric)
      return metric
    }
    this.#rejected += 1
    if (!this.#isFullLogged)
      logger.warn(
        `metric "${identity.name}" of scope "${identity.scope.name}" is not merged, nor are other new ones: there are ${MAX_METRICS} metrics already`,
      )
    this.#isFullLogged = true
    return undefined
  }
}

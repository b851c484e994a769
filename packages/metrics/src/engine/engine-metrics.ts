import { type Clock, processClock } from '../clock.ts'
import type { Family, Labels } from './family.ts'
import type { NamePrefixes } from './family-filter.ts'
import type { Upstream } from './fetch/upstream.ts'
import { mergeFamilies } from './merge-families.ts'
import { DEFAULT_LIMITS, type ExpositionLimits } from './parse/limits.ts'
import { UpstreamMetrics } from './upstream-metrics.ts'
import type { UpstreamState } from './upstream-state.ts'

/** Options of {@link EngineMetrics}. */
export interface EngineMetricsOptions extends NamePrefixes {
  /** Names must differ. */
  readonly upstreams: readonly Upstream[]
  /** Labels of every series; `upstream` is added. A label of the engine with the same name gets the prefix `exported_`. */
  readonly labels: Labels
  /** Deadline of a fetch, from the connection to the end of the response, in milliseconds. */
  readonly timeoutMs: number
  /** Default: {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<ExpositionLimits>
  readonly clock?: Clock
}

/** The metrics of all engines. One per process that exports. */
export class EngineMetrics {
  readonly #upstreams: readonly UpstreamMetrics[]
  #conflicts: readonly number[] = []

  /** @throws Error if two engines have the same name */
  constructor({ upstreams, labels, limits, clock = processClock, ...options }: EngineMetricsOptions) {
    const names = new Set(upstreams.map(({ name }) => name))
    if (names.size < upstreams.length) throw new Error('two engines have the same name')
    this.#upstreams = upstreams.map(
      (upstream) =>
        new UpstreamMetrics(upstream, {
          ...options,
          labels: { ...labels, upstream: upstream.name },
          limits: { ...DEFAULT_LIMITS, ...limits },
          clock,
        }),
    )
  }

  /**
   * Fetches the metrics of all engines. Concurrent calls share the fetches. Waits for an engine at most until its deadline,
   * and at most 100 ms if its last fetch failed; the last values of an engine without new ones are returned for 15 s.
   * Never rejects.
   * @param timeoutMs longest wait, in milliseconds; the fetches go on
   */
  async collect(timeoutMs = Number.POSITIVE_INFINITY): Promise<readonly Family[]> {
    await Promise.all(this.#upstreams.map((upstream) => upstream.refresh(timeoutMs)))
    const { families, conflicts } = mergeFamilies(this.#upstreams.map((upstream) => upstream.families))
    this.#conflicts = conflicts
    return families
  }

  /** Returns the state of each engine. */
  state(): readonly UpstreamState[] {
    return this.#upstreams.map((upstream, at) => upstream.state(this.#conflicts[at] ?? 0))
  }

  /** Aborts the fetches. Later collections are empty. */
  close(): void {
    for (const upstream of this.#upstreams) upstream.close()
  }
}

import type { Attributes } from '@opentelemetry/api'
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import {
  EXPONENTIAL_HISTOGRAM_POINT,
  exposedFamily,
  GAUGE_POINT,
  HISTOGRAM_POINT,
  SUM_POINT,
} from '@vr/otel-metrics/internal'
import type { EscapingScheme } from '../naming/escaping.ts'
import type { NamingSettings } from '../naming/metric-name.ts'
import { createNaming, type Naming } from '../naming/naming.ts'
import type { WarnOnce } from '../warn-once.ts'
import type { ExemplarPoint } from './exemplar.ts'
import { toClassicHistograms } from './exponential-histogram.ts'
import { type FamilyPart, groupFamilies, type MetricFamily, sampleNames } from './families.ts'
import type { ExpositionFormat } from './format.ts'
import { type Labels, labelsOf, presentLabels, renderLabels } from './labels.ts'
import {
  ADD_HISTOGRAMS,
  ADD_NUMBERS,
  LAST_NUMBER,
  type MergeRule,
  mergeSeries,
  planMerge,
  type SeriesMerge,
} from './merge-series.ts'
import { isOther, otherFamily } from './other-family.ts'
import { mergeLabels, scopeLabels } from './scope-labels.ts'
import { SeriesCache } from './series-cache.ts'
import type { WrittenFamily } from './written-family.ts'

/** Options of the reader with their defaults. */
export interface ExpositionSettings extends NamingSettings {
  readonly withResourceConstantLabels: RegExp | undefined
  readonly withoutScopeInfo: boolean
  readonly withoutTargetInfo: boolean
  readonly unlabelledScopes: ReadonlySet<string>
  readonly created: boolean
}

/** Labels that the samples of a type have, besides those of the series. */
const RESERVED_BY_TYPE: Readonly<Partial<Record<MetricFamily['type'], readonly string[]>>> = {
  histogram: ['le'],
  gaugehistogram: ['le'],
  summary: ['quantile'],
}

/** Labels that constant labels must not have. */
const RESERVED: ReadonlySet<string> = new Set(['le', 'quantile'])

interface FamilyCache {
  /** By position of the part in the family. */
  readonly parts: CachedPart[]
  /**
   * How series with the same labels are merged, updated when a series is new; undefined if all labels differ.
   */
  merge: SeriesMerge | undefined
}

interface CachedPart {
  readonly series: SeriesCache
  /** Identifies type and constant labels of the cache. */
  readonly key: string
}

/**
 * Writes collected metrics as text in one escaping scheme. It caches labels as text from scrape to scrape, so
 * each scheme has its own object.
 */
export class Exposition {
  readonly #settings: ExpositionSettings
  readonly #naming: Naming
  readonly #warnOnce: WarnOnce
  #families = new Map<string, FamilyCache>()

  constructor(settings: ExpositionSettings, scheme: EscapingScheme, warnOnce: WarnOnce) {
    this.#settings = settings
    this.#naming = createNaming(settings, scheme)
    this.#warnOnce = warnOnce
  }

  /**
   * Writes the exposition in parts that end at a line end; some are empty. A family that cannot be written is
   * omitted or truncated with a warning; the rest of the exposition follows.
   *
   * @param names selects families by their name or the name of a sample; undefined for all
   */
  *write(
    collected: ResourceMetrics,
    format: ExpositionFormat,
    names?: ReadonlySet<string>,
  ): Generator<string> {
    const constant = this.#constantLabels(collected.resource.attributes)
    const cache = new Map<string, FamilyCache>()
    if (!this.#settings.withoutTargetInfo && isWanted('target', 'info', names)) {
      yield* this.#target(collected.resource.attributes, format)
    }
    for (const family of groupFamilies(collected, this.#naming, this.#warnOnce)) {
      const cached = this.#families.get(family.name) ?? { parts: [], merge: undefined }
      cached.parts.length = Math.min(cached.parts.length, family.parts.length)
      cache.set(family.name, cached)
      if (isWanted(family.name, family.type, names)) yield* this.#family(family, constant, cached, format)
    }
    this.#families = cache
    yield format.end
  }

  *#family(
    family: MetricFamily,
    constant: Labels,
    cache: FamilyCache,
    format: ExpositionFormat,
  ): Generator<string> {
    try {
      yield* format.family(yield* this.#prepare(family, constant, cache))
    } catch (error) {
      this.#warnOnce(`the metric family ${family.name} is incomplete: its data could not be read: ${error}`)
    }
  }

  *#prepare(family: MetricFamily, constant: Labels, cache: FamilyCache): Generator<string, WrittenFamily> {
    const labels: string[] = []
    let changed = false
    for (const [at, part] of family.parts.entries()) {
      const series = this.#seriesOf(part, at, family, constant, cache)
      if (yield* series.render(seriesOf(part.metric), labels)) changed = true
    }
    if (changed) cache.merge = planMerge(labels)
    return this.#merged(family, labels, cache.merge)
  }

  #merged(family: MetricFamily, labels: readonly string[], merge: SeriesMerge | undefined): WrittenFamily {
    const created = this.#settings.created && family.parts.every(hasStartTimes)
    const common = { ...family, naming: this.#naming, created }
    const other = family.parts.map(({ metric }) => exposedFamily(metric)).find(isOther)
    if (other !== undefined) return otherFamily(common, other, labels)
    const mergePoints = <T>(points: readonly ExemplarPoint<T>[], rule: MergeRule<T>) =>
      merge === undefined
        ? { points, labels }
        : { points: mergeSeries(points, merge, rule, family.name, this.#warnOnce), labels: merge.labels }
    if (family.type === 'histogram') {
      return { ...common, type: 'histogram', ...mergePoints(histogramPoints(family.parts), ADD_HISTOGRAMS) }
    }
    const sums = family.parts.every(({ metric }) => metric.dataPointType === SUM_POINT)
    const all = mergePoints(numberPoints(family.parts), sums ? ADD_NUMBERS : LAST_NUMBER)
    if (family.type === 'gauge') return { ...common, type: 'gauge', ...all }
    const counters = this.#countersOnly(all, family.name)
    return { ...common, type: 'counter', keepsName: family.isExposed, ...counters }
  }

  /**
   * Omits NaN and negative values, which counters cannot have: a strict parser rejects the whole exposition
   * for them.
   */
  #countersOnly<T extends { points: readonly ExemplarPoint<number>[]; labels: readonly string[] }>(
    all: T,
    name: string,
  ): Pick<T, 'points' | 'labels'> {
    if (all.points.every((point) => point.value >= 0)) return all
    this.#warnOnce(`a series of the counter ${name} is not exposed: its value is NaN or negative`)
    const valid = (_: unknown, at: number): boolean => (all.points[at]?.value ?? Number.NaN) >= 0
    return { points: all.points.filter(valid), labels: all.labels.filter(valid) }
  }

  #seriesOf(
    { scope }: FamilyPart,
    at: number,
    { type, isExposed }: MetricFamily,
    constant: Labels,
    { parts }: FamilyCache,
  ): SeriesCache {
    const { withoutScopeInfo, unlabelledScopes } = this.#settings
    const hasNoScopeLabels = isExposed || withoutScopeInfo || unlabelledScopes.has(scope.name)
    const labels = hasNoScopeLabels ? constant : mergeLabels(scopeLabels(scope, this.#naming), constant)
    const key = `${type} ${isExposed} ${renderLabels(labels)}`
    const cached = parts[at]
    if (cached?.key === key) return cached.series
    const naming = isExposed ? this.#naming.exposed : this.#naming
    const series = new SeriesCache(naming, labels, RESERVED_BY_TYPE[type] ?? [])
    parts[at] = { series, key }
    return series
  }

  *#target(attributes: Attributes, format: ExpositionFormat): Generator<string> {
    const labels = renderLabels(presentLabels(labelsOf(attributes, this.#naming, new Set())))
    if (labels === '') return
    const { naming, created } = { naming: this.#naming, created: false }
    const names = { name: 'target', classicName: 'target_info', unit: '', help: 'Target metadata' }
    yield* format.family({
      ...names,
      type: 'info',
      naming,
      created,
      labels: [labels],
      points: [{ value: 1 }],
    })
  }

  #constantLabels(attributes: Attributes): Labels {
    const pattern = this.#settings.withResourceConstantLabels
    if (pattern === undefined) return []
    const chosen = Object.entries(attributes).filter(([key]) => key.search(pattern) !== -1)
    return labelsOf(Object.fromEntries(chosen), this.#naming, RESERVED)
  }
}

function isWanted(
  name: string,
  type: WrittenFamily['type'],
  names: ReadonlySet<string> | undefined,
): boolean {
  return names === undefined || sampleNames(name, type).some((sample) => names.has(sample))
}

/** Returns the series of a metric, with the labels as attributes. */
function seriesOf(metric: MetricData): readonly Pick<DataPoint<unknown>, 'attributes'>[] {
  const exposed = exposedFamily(metric)
  return exposed === undefined || !isOther(exposed)
    ? metric.dataPoints
    : exposed.points.map(({ labels }) => ({ attributes: labels }))
}

/** Whether the start times of all series are known. */
function hasStartTimes({ metric }: FamilyPart): boolean {
  const exposed = exposedFamily(metric)
  return (
    exposed === undefined ||
    exposed.points.every((point) => 'created' in point && point.created !== undefined)
  )
}

/**
 * Converts exponential histograms together, so that they get the same bounds and equal series can be added.
 */
function histogramPoints(parts: readonly FamilyPart[]): readonly ExemplarPoint<Histogram>[] {
  const exponential = parts.flatMap(({ metric }) =>
    metric.dataPointType === EXPONENTIAL_HISTOGRAM_POINT ? metric.dataPoints : [],
  )
  const converted = exponential.length === 0 ? [] : toClassicHistograms(exponential)
  let next = 0
  return pointsOf(parts, (metric) => {
    if (metric.dataPointType === HISTOGRAM_POINT) return metric.dataPoints
    const first = next
    next += metric.dataPoints.length
    return converted.slice(first, next)
  })
}

function numberPoints(parts: readonly FamilyPart[]): readonly ExemplarPoint<number>[] {
  return pointsOf(parts, (metric) =>
    metric.dataPointType === SUM_POINT || metric.dataPointType === GAUGE_POINT ? metric.dataPoints : [],
  )
}

function pointsOf<T>(
  parts: readonly FamilyPart[],
  points: (metric: MetricData) => readonly ExemplarPoint<T>[],
): readonly ExemplarPoint<T>[] {
  const [only] = parts
  return parts.length === 1 && only !== undefined
    ? points(only.metric)
    : parts.flatMap(({ metric }) => points(metric))
}

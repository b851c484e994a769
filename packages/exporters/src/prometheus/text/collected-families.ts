import type { HrTime } from '@opentelemetry/api'
import type { ExpositionFormat } from './format.ts'
import { bucketLayout } from './histogram-buckets.ts'
import { readLabels } from './read-labels.ts'
import type { CounterFamily, GaugeFamily, HistogramFamily, WrittenFamily } from './written-family.ts'

interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** Start of the cumulative value, in epoch milliseconds. `undefined` if the series is older, by an unknown time. */
  readonly startMs: number | undefined
}

/** One series of a counter or gauge. */
export interface NumberSeries extends Series {
  /** Total of a counter, or the current value of a gauge. */
  readonly value: number
}

/** One series of a histogram. */
export interface HistogramSeries extends Series {
  /** Number of values that were recorded. */
  readonly count: number
  /** `undefined` if the histogram has no sum. */
  readonly sum: number | undefined
  /** Cumulative counts by the label `le` of a scrape (`0.5`, `10.0`), in increasing order; `+Inf` is the last one. */
  readonly buckets: Readonly<Record<string, number>>
}

/** A family of a scrape, as data. Its name is that of a scrape, without `_total` of a counter. */
export type CollectedFamily =
  | { readonly type: 'counter' | 'gauge'; readonly name: string; readonly series: readonly NumberSeries[] }
  | { readonly type: 'histogram'; readonly name: string; readonly series: readonly HistogramSeries[] }

/** Number of series after which the caller can let the event loop run. */
const YIELD_EVERY_SERIES = 500

/**
 * A format that keeps the counters, gauges and histograms of an exposition as data and writes no text: names, labels and merged
 * series are exactly those of a scrape. Other types are left out.
 */
export class FamilyCollector implements ExpositionFormat {
  readonly mediaType = 'text/plain'
  readonly version = '1.0.0'
  readonly escapes = true
  readonly end = ''
  readonly families: CollectedFamily[] = []

  family(written: WrittenFamily): Generator<string> {
    return this.#collect(written)
  }

  *#collect(written: WrittenFamily): Generator<string> {
    if (written.type === 'histogram') {
      const series: HistogramSeries[] = []
      this.families.push({ type: written.type, name: written.classicName, series })
      yield* collectSeries(written, histogramReader(), series)
    } else if (written.type === 'counter' || written.type === 'gauge') {
      const series: NumberSeries[] = []
      const name =
        written.type === 'counter' ? written.classicName.replace(/_total$/, '') : written.classicName
      this.families.push({ type: written.type, name, series })
      yield* collectSeries(written, ({ value }) => ({ value }), series)
    }
  }
}

/** A family of a type that OpenTelemetry has. */
type PointFamily = CounterFamily | GaugeFamily | HistogramFamily

type Point<Family extends PointFamily> = Family['points'][number]

function* collectSeries<Family extends PointFamily, Value extends object>(
  { points, labels }: Family,
  read: (point: Point<Family>) => Value,
  series: (Series & Value)[],
): Generator<string> {
  for (const [at, point] of points.entries()) {
    series.push({
      labels: readLabels(labels[at] ?? ''),
      startMs: startOf(point),
      ...read(point),
    })
    if (at % YIELD_EVERY_SERIES === YIELD_EVERY_SERIES - 1) yield ''
  }
}

/** Returns a reader of the histograms of one family. The count is that of the buckets, as in a scrape. */
function histogramReader(): (point: Point<HistogramFamily>) => Omit<HistogramSeries, keyof Series> {
  let bounds: readonly number[] | undefined
  let texts: readonly (string | undefined)[] = []
  return ({ value: { buckets, sum } }) => {
    if (bounds !== buckets.boundaries) {
      bounds = buckets.boundaries
      texts = bucketLayout('', bounds).heads.map((head) => head?.slice(0, -1))
    }
    let count = 0
    const counts: [string, number][] = []
    for (const [at, text] of texts.entries()) {
      count += buckets.counts[at] ?? 0
      if (text !== undefined) counts.push([text, count])
    }
    return { count, sum, buckets: Object.fromEntries(counts) }
  }
}

/** The points of an engine have the time at which the series was found if their start is unknown. */
function startOf(point: { readonly startTime: HrTime; readonly isStartKnown?: boolean }): number | undefined {
  if (point.isStartKnown === false) return undefined
  const [seconds, nanoseconds] = point.startTime
  return seconds * 1000 + nanoseconds / 1e6
}

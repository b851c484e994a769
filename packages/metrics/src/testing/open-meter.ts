import type { Attributes } from '@opentelemetry/api'
import { type AggregationOption, AggregationType } from '@opentelemetry/sdk-metrics'
import type { Meter } from '../provider/meter.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import type { ViewOptions } from '../views/view-options.ts'
import { type CollectingReader, readerOf } from './collecting-reader.ts'

/** Creates a cumulative reader. */
export const cumulative = () => readerOf('cumulative')

/** Creates a delta reader. */
export const delta = () => readerOf('delta')

/** Creates a cumulative reader with this cardinality limit. */
export const withLimit = (limit: number) => readerOf('cumulative', { cardinalitySelector: () => limit })

/** Creates a cumulative reader whose default aggregation is drop. */
export const dropping = () =>
  readerOf('cumulative', { aggregationSelector: () => ({ type: AggregationType.DROP }) })

/** Explicit bucket histogram. */
export const explicit = (boundaries: number[]): AggregationOption => ({
  type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  options: { boundaries },
})

/** Exponential histogram with default options. */
export const exponential: AggregationOption = { type: AggregationType.EXPONENTIAL_HISTOGRAM }

/** Returns the meter `m` of a new provider. */
export function open(
  readers: CollectingReader[],
  views: ViewOptions[] = [],
  now: () => number = Date.now,
): Meter {
  return new MeterProvider({ readers, views, now }).getMeter('m')
}

/** Collects, and returns attributes and value of each data point of the metric. */
export async function pointsOf(reader: CollectingReader, name = 'x'): Promise<[Attributes, unknown][]> {
  return (await reader.points(name)).map(({ attributes, value }) => [attributes, value])
}

/** Collects, and returns the number of data points of the metric `x`. */
export async function sizeOf(reader: CollectingReader): Promise<number> {
  return (await pointsOf(reader)).length
}
